"""The demo's certificates: made-up ones, in the shape of the National Certification Authority's."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.sign.signers import SimpleSigner
from pyhanko_certvalidator.registry import SimpleCertificateStore

from portal.signing.certificates import EMPLOYEE, HEAD, ORGANISATION, PERSON

BEGIN = datetime(2020, 1, 1, tzinfo=UTC)
END = datetime(2036, 1, 1, tzinfo=UTC)
"""Between these the demo's clock may stand."""
EXPIRED_AT = datetime(2021, 1, 1, tzinfo=UTC)
REVOKED_AT = datetime(2020, 2, 1, tzinfo=UTC)

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
_DER = serialization.Encoding.DER
_PEM = serialization.Encoding.PEM
_KEY_FORMAT = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


class Kind(StrEnum):
    """What a key is good for; everyone has one of each."""

    SIGN = "sign"
    LOGIN = "login"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Org:
    """An organisation for which a person signs, as its head or as an employee with a key."""

    bin: str
    name: str
    head: bool = True


@dataclass(frozen=True, slots=True)
class KeyOwner:
    """A demo person who has keys: personal ones, and those of their organisation."""

    iin: str
    last_name: str
    first_name: str
    organisation: Org | None = None

    @property
    def common_name(self) -> str:
        """SURNAME GIVEN NAME, as certificates have it."""
        return f"{self.last_name} {self.first_name}".upper()


@dataclass(frozen=True, slots=True)
class Key:
    """A private key and its certificate."""

    private: PrivateKey
    certificate: x509.Certificate

    @classmethod
    def from_pem(cls, content: bytes) -> "Key":
        """Read what `pem` wrote."""
        private = serialization.load_pem_private_key(content, None)
        if not isinstance(private, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
            raise TypeError("The demo's keys are RSA or elliptic.")
        return cls(private, x509.load_pem_x509_certificate(content))

    def pem(self) -> bytes:
        """Both in one PEM, the private key unencrypted."""
        return self.private.private_bytes(_PEM, *_KEY_FORMAT) + self.certificate.public_bytes(_PEM)

    def parsed(self) -> asn1_x509.Certificate:
        """The certificate as `portal.signing` reads it."""
        return asn1_x509.Certificate.load(self.certificate.public_bytes(_DER))

    def signer(self) -> SimpleSigner:
        """What makes CMS signatures with this key."""
        return SimpleSigner(
            signing_cert=self.parsed(),
            signing_key=asn1_keys.PrivateKeyInfo.load(self.private.private_bytes(_DER, *_KEY_FORMAT)),
            cert_registry=SimpleCertificateStore(),  # type: ignore[no-untyped-call]
        )


def subject(owner: KeyOwner, organisation: Org | None) -> x509.Name:
    """The subject of a certificate, as the National Certification Authority writes it."""
    named = [
        (NameOID.COMMON_NAME, owner.common_name[:64]),
        (NameOID.SURNAME, owner.last_name.upper()[:64]),
        (NameOID.SERIAL_NUMBER, f"IIN{owner.iin}"),
        (NameOID.COUNTRY_NAME, "KZ"),
    ]
    if organisation is not None:
        named.append((NameOID.ORGANIZATION_NAME, organisation.name[:64]))
        named.append((NameOID.ORGANIZATIONAL_UNIT_NAME, f"BIN{organisation.bin}"))
    return x509.Name([x509.NameAttribute(oid, text) for oid, text in named])


def purposes(kind: Kind, organisation: Org | None) -> list[x509.ObjectIdentifier]:
    """The extended key usage of a key."""
    use = ExtendedKeyUsageOID.CLIENT_AUTH if kind is Kind.LOGIN else ExtendedKeyUsageOID.EMAIL_PROTECTION
    if organisation is None:
        return [use, x509.ObjectIdentifier(PERSON)]
    capacity = HEAD if organisation.head else EMPLOYEE
    return [use, x509.ObjectIdentifier(ORGANISATION), x509.ObjectIdentifier(capacity)]


def issue(
    issuer: Key,
    name: x509.Name,
    usage: Sequence[x509.ObjectIdentifier],
    kind: Kind = Kind.SIGN,
    private: PrivateKey | None = None,
) -> Key:
    """Issue a certificate for a person's key; a new P-256 key unless one is given."""
    private = private or ec.generate_private_key(ec.SECP256R1())
    until = EXPIRED_AT if kind is Kind.EXPIRED else END
    builder = _builder(name, issuer.certificate.subject, private, until)
    builder = builder.add_extension(_key_usage(signs=True), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage(usage), critical=False)
    builder = builder.add_extension(_issued_by(issuer), critical=False)
    return Key(private, builder.sign(issuer.private, hashes.SHA256()))


def issue_authority(title: str, issuer: Key | None = None) -> Key:
    """Issue an authority (RSA-2048): a root if no issuer is given, else one below it."""
    country = x509.NameAttribute(NameOID.COUNTRY_NAME, "KZ")
    name = x509.Name([country, x509.NameAttribute(NameOID.COMMON_NAME, f"DEMO {title.upper()} CA")])
    private = rsa.generate_private_key(65537, 2048)
    builder = _builder(name, issuer.certificate.subject if issuer else name, private, END)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0 if issuer else 1), critical=True)
    builder = builder.add_extension(_key_usage(signs=False), critical=True)
    if issuer is not None:
        builder = builder.add_extension(_issued_by(issuer), critical=False)
    return Key(private, builder.sign(issuer.private if issuer else private, hashes.SHA256()))


def revocation_list(issuer: Key, serials: Sequence[int], begin: datetime = BEGIN, end: datetime = END) -> bytes:
    """The authority's list of revoked certificates (DER), in force from `begin` to `end`."""
    builder = x509.CertificateRevocationListBuilder().issuer_name(issuer.certificate.subject)
    builder = builder.last_update(begin).next_update(end)
    builder = builder.add_extension(x509.CRLNumber(len(serials) + 1), critical=False)
    builder = builder.add_extension(_issued_by(issuer), critical=False)
    for serial in serials:
        revoked = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(REVOKED_AT).build()
        builder = builder.add_revoked_certificate(revoked)
    return builder.sign(issuer.private, hashes.SHA256()).public_bytes(_DER)


def _builder(name: x509.Name, issuer: x509.Name, private: PrivateKey, until: datetime) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(issuer).public_key(private.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(BEGIN).not_valid_after(until)
    return builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(private.public_key()), critical=False)


def _key_usage(signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signs,
        content_commitment=signs,
        key_cert_sign=not signs,
        crl_sign=not signs,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _issued_by(issuer: Key) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.private.public_key())
