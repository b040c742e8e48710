"""Whose certificate it is: only what stands there once and in the right form counts."""

from datetime import UTC, datetime

import pytest
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from portal.signing.certificates import Holder, holder_of

PRIVATE = ec.generate_private_key(ec.SECP256R1())
IIN, BIN = NameOID.SERIAL_NUMBER, NameOID.ORGANIZATIONAL_UNIT_NAME


def holder(*named: tuple[x509.ObjectIdentifier, str], begin: int = 2020, end: int = 2036) -> Holder:
    """The holder of a certificate with such a subject, which speaks of nothing else."""
    name = x509.Name([x509.NameAttribute(oid, text) for oid, text in named])
    builder = x509.CertificateBuilder(name, name, PRIVATE.public_key(), 255)
    builder = builder.not_valid_before(datetime(begin, 1, 1, tzinfo=UTC))
    builder = builder.not_valid_after(datetime(end, 12, 31, 23, 59, 59, tzinfo=UTC))
    der = builder.sign(PRIVATE, hashes.SHA256()).public_bytes(Encoding.DER)
    return holder_of(asn1_x509.Certificate.load(der))


def test_what_stands_in_a_certificate() -> None:
    found = holder((NameOID.COMMON_NAME, "ӘБЕНОВА АЙГҮЛ"), (IIN, "IIN900101350122"), (BIN, "BIN123456789021"))
    assert found == Holder(
        common_name="ӘБЕНОВА АЙГҮЛ",
        iin="900101350122",
        bin="123456789021",
        purposes=frozenset(),
        binds=False,
        serial="ff",
        issuer="ӘБЕНОВА АЙГҮЛ",
        valid_from=datetime(2020, 1, 1, tzinfo=UTC),
        valid_to=datetime(2036, 12, 31, 23, 59, 59, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    "text",
    [
        "900101350122",
        "IIN90010135012",
        "IIN9001013501222",
        "iin900101350122",
        " IIN900101350122",
        "X",
    ],
)
def test_an_iin_in_another_form_is_none(text: str) -> None:
    assert holder((IIN, text)).iin is None
    assert holder((BIN, text.replace("IIN", "BIN"))).bin is None


def test_digits_are_those_of_the_alphabet() -> None:
    assert holder((BIN, "BIN١٢٣٤٥٦٧٨٩٠٢١")).bin is None


def test_two_numbers_are_none() -> None:
    found = holder(
        (IIN, "IIN900101350122"), (IIN, "IIN850101350123"), (BIN, "BIN1" + "0" * 11), (BIN, "BIN2" + "0" * 11)
    )
    assert (found.iin, found.bin) == (None, None)


def test_a_unit_beside_the_bin_does_no_harm() -> None:
    assert holder((BIN, "Бухгалтерия"), (BIN, "BIN123456789021")).bin == "123456789021"


def test_a_subject_without_names() -> None:
    found = holder()
    assert (found.common_name, found.iin, found.bin) == ("", None, None)


def test_a_term_without_end_is_read_and_one_without_beginning_is_not() -> None:
    assert holder(end=9999).valid_to.year == 9999
    with pytest.raises(ValueError, match="never becomes valid"):
        holder(begin=9999, end=9999)
