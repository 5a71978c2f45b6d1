"""Makes the sample files beside this script, the same bytes each time: `python data/samples/make_samples.py`.

Nobody in them exists. Persons are named after plants, companies live under `.example` (RFC 2606), and telephone numbers come
from ranges kept free for fiction: Ofcom 020 7946 0xxx and 0161 496 0xxx, Bundesnetzagentur 030 23125 xxx, ARCEP 01 99 00 xx xx,
NANPA 555-01xx, ACMA 02 5550 xxxx.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import openpyxl

HERE: Final = Path(__file__).parent
_FIRST_NAMES = "Ada Ben Cleo Dan Eve Finn Gwen Hugo Iris Jon Kate Leo Mia Ned Olga Pia Rex Suki Tom Una"
_PLANTS = "Alder Birch Cedar Dogwood Elder Fir Gorse Hazel Ivy Juniper Kelp Larch Maple Nettle Oak Pine Rowan Sorrel Yew Zinnia"
_FIRST = _FIRST_NAMES.split()
_LAST = _PLANTS.split()
_TITLES = (
    "Sales Manager",
    "Head of Operations",
    "CEO",
    "Buyer",
    "IT Director",
    "Marketing Lead",
    "Office Manager",
)
_STATUSES = ("New", "Open", "In Progress", "Connected", "Unqualified")
_INDUSTRIES = (
    "Computer Software",
    "Retail",
    "Banking",
    "Insurance",
    "Biotechnology",
    "Telecommunications",
    "Machinery",
    "Logistics and Supply Chain",
)
_KINDS = ("Foods", "Works", "Systems", "Logistics", "Textiles", "Energy", "Labs", "Press", "Tools", "Marine")
_FORMS = {"UK": "Ltd", "Germany": "GmbH", "France": "SARL", "USA": "Inc.", "Australia": "Pty Ltd"}
_CITIES = {
    "UK": [("London", "EC1A 1BB"), ("Manchester", "M1 1AE"), ("Leeds", "LS1 4AP"), ("Bristol", "BS1 5TR")],
    "Germany": [("Berlin", "10115"), ("Hamburg", "20095"), ("München", "80331"), ("Köln", "50667")],
    "France": [("Paris", "75001"), ("Lyon", "69001"), ("Besançon", "25000"), ("Lille", "59000")],
    "USA": [("Boston", "02108"), ("Chicago", "60601"), ("Austin", "78701"), ("Denver", "80202")],
    "Australia": [("Sydney", "2000"), ("Melbourne", "3000"), ("Perth", "6000"), ("Hobart", "7000")],
}
_COUNTRIES = tuple(_CITIES)
_COUNTRY_STYLES = {
    "UK": ("UK", "United Kingdom", "England", "GB"),
    "Germany": ("Germany", "Deutschland", "DE", "Germany"),
    "France": ("France", "FRANCE", "FR", "France"),
    "USA": ("USA", "United States", "US", "U.S.A."),
    "Australia": ("Australia", "AU", "Australia", "australia"),
}

LEADS_HEADER = (
    "First Name", "Last Name", "Job title", "Company", "Website", "E-mail", "Telephone", "Street", "City", "Postcode",
    "Country", "Lead Status", "Last contacted", "Notes",
)  # fmt: skip
COMPANIES_HEADER = (
    "Customer No", "Company name", "Website", "Phone", "Street", "City", "Postal Code", "Country", "Industry", "Employees",
    "Annual Revenue", "Founded",
)  # fmt: skip


def main() -> None:
    write_leads(HERE / "leads_messy.xlsx")
    write_companies(HERE / "companies.csv")
    (HERE / "not_a_table.csv").write_text(_web_page(), encoding="utf-8")


def write_leads(path: Path) -> None:
    """A leads sheet with everyday mess, as it comes back from a trade fair."""
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.title = "Leads"
    sheet.append(LEADS_HEADER)
    for row in _with_mess([_lead(number) for number in range(56)]):
        sheet.append(row)
    for column, width in zip(
        "ABCDEFGHIJKLMN", (12, 12, 20, 24, 30, 34, 22, 22, 14, 12, 16, 14, 14, 30), strict=True
    ):
        sheet.column_dimensions[column].width = width
    buffer = io.BytesIO()
    workbook.save(buffer)
    path.write_bytes(_without_clock(buffer.getvalue()))


def write_companies(path: Path) -> None:
    """A clean-looking list with two names for one website, one name in two countries, and money in pounds."""
    rows = [_company_row(number) for number in range(40)]
    rows[17][2] = rows[3][2].replace("https://www.", "http://")  # the same website in other words
    rows[32][1] = rows[6][1]  # the same name in another country
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COMPANIES_HEADER)
        writer.writerows(rows)


def _company(number: int) -> tuple[str, str, str]:
    """(name, domain, country) of an invented company."""
    country = _COUNTRIES[number % len(_COUNTRIES)]
    stem = f"{_LAST[number % len(_LAST)]} {_KINDS[number * 3 % len(_KINDS)]}"
    return f"{stem} {_FORMS[country]}", f"{stem.replace(' ', '-').lower()}-{number}.example", country


def _lead(number: int) -> list[object]:
    first, last = _FIRST[number % len(_FIRST)], _LAST[number * 7 % len(_LAST)]
    company, domain, country = _company(number // 2)
    city, postcode = _CITIES[country][number % 4]
    return [
        first,
        last,
        _TITLES[number % len(_TITLES)],
        company,
        f"https://www.{domain}",
        f"{first}.{last}@{domain}".lower(),
        _phone(country, number),
        f"{number + 1} High Street",
        city,
        int(postcode)
        if postcode.isdigit() and not postcode.startswith("0")
        else postcode,  # as Excel keeps them
        _COUNTRY_STYLES[country][number % 4],
        _STATUSES[number % len(_STATUSES)],
        date(2026, 1, 5) + timedelta(days=number * 3 % 200),
        "",
    ]


def _phone(country: str, number: int) -> str:
    """A number from a range kept for fiction, in one of the ways people write it."""
    last = f"{number % 100:02}"
    styles = {
        "UK": (f"020 7946 00{last}", f"+44 20 7946 00{last}", f"(020) 7946-00{last}", f"0161 496 00{last}"),
        "Germany": (
            f"030 23125 0{last}",
            f"+49 30 231250{last}",
            f"0049 30 23125 0{last}",
            f"030/231250{last}",
        ),
        "France": (
            f"01 99 00 10 {last}",
            f"+33 1 99 00 10 {last}",
            f"01.99.00.10.{last}",
            f"0199 0010 {last}",
        ),
        "USA": (f"(212) 555-01{last}", f"+1 212 555 01{last}", f"212.555.01{last}", f"212-555-01{last} x7"),
        "Australia": (f"02 5550 00{last}", f"+61 2 5550 00{last}", f"(02) 555000{last}", f"02-5550-00{last}"),
    }
    return styles[country][number % 4]


def _with_mess(leads: list[list[object]]) -> list[list[object]]:
    """Put in what people put in: see README.md for the list."""
    name, surname, email, phone, city, notes = 0, 1, 5, 6, 8, 13
    leads[4][email] = str(leads[4][email]).replace("@", " at ")
    leads[11][email] = str(leads[11][email]).replace("@", "@@")
    leads[23][email] = "n/a"
    leads[30][email] = ""
    leads[31][email] = f"  {str(leads[31][email]).upper()} "
    leads[32][email] = f"{leads[32][name]} {leads[32][surname]} <{leads[32][email]}>"
    leads[33][email] = f"{leads[33][email]}\u200b"
    leads[8][name] = f"{leads[8][name]}\u00a0"
    leads[9][city] = f"  {leads[9][city]}  "
    leads[14][phone] = "ask at reception"
    leads[19][phone] = ""
    leads[20][notes] = "Met at the fair.\nWants a quote in May."
    leads[21][notes] = "=call back"
    leads[27][surname] = f"{leads[27][surname]}-O'Hare"
    copies = [list(leads[2]), list(leads[7]), list(leads[15])]
    copies[0][email] = str(leads[2][email]).upper()  # the same person again
    copies[1][phone], copies[1][notes] = "", "second badge scan"
    copies[2][2] = "Chief Buyer"  # the same person with another job title
    blank: list[object] = [""] * len(LEADS_HEADER)
    return [
        *leads[:10],
        blank,
        *leads[10:25],
        copies[0],
        *leads[25:40],
        copies[1],
        blank,
        blank,
        *leads[40:],
        copies[2],
    ]


def _company_row(number: int) -> list[str]:
    name, domain, country = _company(number)
    city, postcode = _CITIES[country][number % 4]
    employees = (number * 37) % 1900 + 3
    return [
        f"C-{1000 + number}",
        name,
        f"https://www.{domain}",
        _phone(country, number),
        f"{number * 3 + 1} Market Square",
        city,
        postcode,
        country,
        _INDUSTRIES[number % len(_INDUSTRIES)],
        f"{employees:,}",
        f"£{employees * 87_500:,}",
        str(1950 + number),
    ]


def _web_page() -> str:
    rows = "".join(f"<tr><td>{first}</td><td>{first.lower()}@example.com</td></tr>" for first in _FIRST[:5])
    return f"<!DOCTYPE html>\n<html><body><h1>Session expired</h1><table>{rows}</table></body></html>\n"


def _without_clock(workbook: bytes) -> bytes:
    """The same workbook without the time it was made at, so that its bytes never change."""
    fixed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook)) as old,
        zipfile.ZipFile(fixed, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for member in old.namelist():
            content = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", b"2026-01-01T00:00:00Z", old.read(member))
            new.writestr(
                zipfile.ZipInfo(member, date_time=(2026, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED
            )
    return fixed.getvalue()


if __name__ == "__main__":
    main()
