"""SmartSync's core: everything but the screens. Import from the rooms; this file stays light."""
