"""The optional LLM: it only phrases what the evidence says, and what it says passes the gate.

prompt   what it is told, and how its reply is read      server   asks one OpenAI-compatible server within a deadline
"""
