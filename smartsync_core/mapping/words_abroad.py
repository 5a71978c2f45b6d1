"""The words of column headers in German, French and Spanish, by the concept that they name (see `words`).

Sure is what means one thing only, whatever language the file is in. "Land", "Rue" or "Nom" are hints: another language, or
another sheet, means something else by them.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["HINTS", "SURE"]

SURE: Mapping[str, tuple[str, ...]] = {
    "e-mail address": (
        "mailadresse", "e-mail-adresse", "emailadresse", "adresse e-mail", "adresse électronique", "courriel",
        "correo electrónico", "dirección de correo electrónico",
    ),
    "first name": ("vorname", "prénom", "nombre de pila"),
    "last name": ("nachname", "familienname", "zuname", "nom de famille", "apellido", "apellidos"),
    "full name": (
        "ansprechpartner", "ansprechpartnerin", "vor- und nachname", "nom complet", "nom et prénom", "prénom et nom",
        "nombre completo", "nombre y apellidos", "persona de contacto",
    ),
    "company name": (
        "firmenname", "unternehmen", "société", "entreprise", "nom de la société", "nom de l'entreprise",
        "raison sociale", "empresa", "nombre de la empresa", "razón social", "compañía",
    ),
    "website": ("webseite", "internetadresse", "site web", "site internet", "sitio web", "página web"),
    "phone number": (
        "telefon", "telefonnummer", "tel nr", "telefonnr", "téléphone", "numéro de téléphone", "téléphone fixe",
        "teléfono", "número de teléfono", "teléfono fijo",
    ),
    "mobile phone number": (
        "handynummer", "mobiltelefon", "mobilnummer", "téléphone portable", "téléphone mobile", "teléfono móvil",
    ),
    "fax number": ("faxnummer", "télécopie"),
    "job title": ("berufsbezeichnung", "intitulé du poste"),
    "city": ("stadt", "wohnort", "ville", "ciudad"),
    "street address": ("straße", "straße und hausnummer", "anschrift", "adresse postale", "domicilio"),
    "postal code": ("postleitzahl", "plz", "code postal", "código postal"),
    "state or region": ("bundesland",),
    "number of employees": (
        "mitarbeiterzahl", "anzahl mitarbeiter", "mitarbeiteranzahl", "nombre d'employés", "nombre de salariés",
        "número de empleados",
    ),
    "annual revenue": ("jahresumsatz", "chiffre d'affaires", "chiffre d'affaires annuel", "ingresos anuales"),
    "year founded": ("gründungsjahr", "année de création", "año de fundación"),
}  # fmt: skip

HINTS: Mapping[str, tuple[str, ...]] = {
    "e-mail address": (
        "mél", "correo", "e-mail geschäftlich", "email de contacto", "email 1 value", "email professionnel",
        "geschäftliche e-mail",
    ),
    "first name": ("rufname", "nombre"),
    "last name": ("nom",),
    "full name": ("kontaktperson", "interlocuteur", "contacto"),
    "company name": ("firma", "kunde", "cliente", "organización", "betrieb"),
    "website": ("internet",),
    "phone number": (
        "telefon geschäftlich", "festnetz", "durchwahl", "ligne directe", "fixe", "rufnummer", "teléfono de empresa",
    ),
    "mobile phone number": ("handy", "gsm", "mobil", "portable", "celular", "móvil"),
    "job title": ("funktion", "fonction", "poste", "cargo", "puesto", "beruf", "rolle"),
    "country": ("land", "pays", "staat", "país"),
    "city": ("ort", "población", "localidad", "commune", "municipio"),
    "street address": ("calle", "rue", "adresse", "dirección"),
    "postal code": ("cp",),
    "state or region": ("département", "provincia", "estado", "comunidad autónoma", "kanton"),
    "industry": ("branche", "secteur d'activité", "secteur", "industria", "wirtschaftszweig"),
    "number of employees": ("mitarbeiter", "effectif", "effectifs", "empleados", "beschäftigte", "salariés"),
    "annual revenue": ("umsatz", "ca annuel", "facturación", "ventas"),
    "owner": ("kundenbetreuer", "betreuer", "vertriebler", "commercial", "comercial", "propietario", "zuständig"),
    "salutation": ("anrede", "civilité", "tratamiento", "título de cortesía"),
}  # fmt: skip
