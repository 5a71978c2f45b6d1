"""A small CRM for the mapping tests: two schemas with the fields that files usually hold, and three owners."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from smartsync_core.model.crm import Field, FieldType, ObjectName, Option, Owner, Schema
from smartsync_core.model.mapping import ColumnProfile

CONTACTS, COMPANIES = ObjectName.CONTACTS, ObjectName.COMPANIES

LEAD_STATUS = (
    "NEW",
    "OPEN",
    "IN_PROGRESS",
    "OPEN_DEAL",
    "UNQUALIFIED",
    "ATTEMPTED_TO_CONTACT",
    "CONNECTED",
    "BAD_TIMING",
)
INDUSTRY = (
    "ACCOUNTING",
    "BANKING",
    "BIOTECHNOLOGY",
    "COMPUTER_SOFTWARE",
    "HOSPITAL_HEALTH_CARE",
    "RETAIL",
    "TELECOMMUNICATIONS",
)


def text(name: str, label: str, **more: object) -> Field:
    return Field(name=name, label=label, type=FieldType.STRING, **more)  # type: ignore[arg-type]


def phone(name: str, label: str) -> Field:
    return Field(name=name, label=label, type=FieldType.PHONE)


def number(name: str, label: str) -> Field:
    return Field(name=name, label=label, type=FieldType.NUMBER)


def choice(name: str, label: str, values: Iterable[str], *, multi: bool = False) -> Field:
    options = tuple(Option(value=value, label=value.replace("_", " ").title()) for value in values)
    return Field(
        name=name, label=label, type=FieldType.ENUMERATION, options=options, closed=True, multi=multi
    )


def owner_field(label: str) -> Field:
    return Field(name="hubspot_owner_id", label=label, type=FieldType.ENUMERATION)


def schema(object_name: ObjectName, fields: Iterable[Field]) -> Schema:
    return Schema(object=object_name, fields={field.name: field for field in fields})


CONTACT_SCHEMA = schema(
    CONTACTS,
    [
        text("email", "Email"),
        text("work_email", "Work email"),
        text("firstname", "First Name"),
        text("lastname", "Last Name"),
        text("salutation", "Salutation", max_length=20),
        text("jobtitle", "Job Title"),
        text("company", "Company Name"),
        text("website", "Website URL"),
        phone("phone", "Phone Number"),
        phone("mobilephone", "Mobile Phone Number"),
        phone("fax", "Fax Number"),
        text("address", "Street Address"),
        text("city", "City"),
        text("state", "State/Region"),
        text("zip", "Postal Code"),
        text("country", "Country/Region"),
        text("industry", "Industry"),
        text("annualrevenue", "Annual Revenue"),
        choice("numemployees", "Number of Employees", ("1-5", "5-25", "25-50", "50-100", "100-500")),
        choice("hs_lead_status", "Lead Status", LEAD_STATUS),
        choice("hs_buying_role", "Buying Role", ("BLOCKER", "CHAMPION", "DECISION_MAKER"), multi=True),
        owner_field("Contact owner"),
        text("hs_linkedin_url", "LinkedIn URL"),
        Field(name="hs_email_optout", label="Unsubscribed from all email", type=FieldType.BOOL),
        Field(name="last_visit", label="Last visit", type=FieldType.DATE, custom=True),
        Field(name="closedate", label="Close Date", type=FieldType.DATETIME),
        Field(name="createdate", label="Create Date", type=FieldType.DATETIME, writable=False),
    ],
)
COMPANY_SCHEMA = schema(
    COMPANIES,
    [
        text("name", "Company name"),
        text("domain", "Company Domain Name"),
        text("website", "Website URL"),
        phone("phone", "Phone Number"),
        text("address", "Street Address"),
        text("address2", "Street Address 2"),
        text("city", "City"),
        text("state", "State/Region"),
        text("zip", "Postal Code"),
        text("country", "Country/Region"),
        choice("industry", "Industry", INDUSTRY),
        number("numberofemployees", "Number of Employees"),
        number("annualrevenue", "Annual Revenue"),
        text("founded_year", "Year Founded"),
        text("description", "Description"),
        text("linkedin_company_page", "LinkedIn Company Page"),
        owner_field("Company owner"),
        Field(
            name="hs_lastmodifieddate", label="Last Modified Date", type=FieldType.DATETIME, writable=False
        ),
    ],
)
SCHEMAS = {CONTACTS: CONTACT_SCHEMA, COMPANIES: COMPANY_SCHEMA}

OWNERS = (
    Owner(id="101", email="ida.north@example.com", name="Ida North"),
    Owner(id="102", email="ola.south@example.com", name="Ola South"),
    Owner(id="103", email="gone@example.com", name="Gwen Gone", active=False),
)

FITTING = {
    "email": ["ada@example.com"],
    "work_email": ["ada@example.com"],
    "website": ["www.example.com"],
    "domain": ["example.com"],
    "phone": ["020 7946 1001"],
    "mobilephone": ["07700 900123"],
    "fax": ["020 7946 1001"],
    "country": ["France"],
    "numemployees": ["1-5", "5-25"],
    "numberofemployees": ["12", "1,234"],
    "annualrevenue": ["1,234,567.50", "2,500"],
    "hs_lead_status": ["New", "Open"],
    "industry": ["Retail", "BANKING"],
    "hubspot_owner_id": ["Ida North", "ola.south@example.com"],
    "last_visit": ["2024-03-04"],
}
"""Values that fit a field, by its name."""


def column(
    header: str, values: Sequence[str] = ("x",), index: int = 0, *, capped: bool = False
) -> ColumnProfile:
    filled = tuple(dict.fromkeys(value for value in values if value))
    return ColumnProfile(
        header=header, index=index, distinct=filled, filled=1.0 if filled else 0.0, capped=capped
    )
