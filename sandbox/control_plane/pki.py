"""Keys and certificates of one sandbox, made in memory.

The authority signs two certificates and is then thrown away: its key is never written, so nothing can be signed
later. Users do not get certificates but tokens, see `credentials`.
"""

from __future__ import annotations

import datetime
import ipaddress
from collections.abc import Sequence

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

# Longer than any rehearsal's folder is kept, so that no certificate has to be renewed under a stack that knows it.
LIFETIME = datetime.timedelta(days=3650)
CLOCK_SKEW = datetime.timedelta(hours=1)

SERVICE_CIDR = "10.96.0.0/16"
SERVER_NAMES = (
    "localhost",
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local",
)
# Loopback, and the cluster IP of the Service `kubernetes`: the first of the range.
SERVER_ADDRESSES = ("127.0.0.1", str(ipaddress.ip_network(SERVICE_CIDR)[1]))


def make() -> dict[str, bytes]:
    """All files by name, in PEM.

    `ca.crt`; `server.crt` and `.key`, served by every component; `etcd-client.crt` and `.key`, by which the API
    server proves itself to etcd; `service-account.key` and `.pub`, which sign and check service account tokens.
    """
    authority_key = ec.generate_private_key(ec.SECP256R1())
    authority = _certificate("buildfleet-sandbox", authority_key, issuer=None)
    issuer = (authority, authority_key)
    server_key = ec.generate_private_key(ec.SECP256R1())
    server = _certificate("kube-apiserver", server_key, issuer, usage=ExtendedKeyUsageOID.SERVER_AUTH, server=True)
    client_key = ec.generate_private_key(ec.SECP256R1())
    client = _certificate("kube-apiserver-etcd-client", client_key, issuer, usage=ExtendedKeyUsageOID.CLIENT_AUTH)
    # RS256, as AKS signs: some consumers of the issuer's keys know no other algorithm.
    signer = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return {
        "ca.crt": _pem(authority),
        "server.crt": _pem(server),
        "server.key": _private_pem(server_key),
        "etcd-client.crt": _pem(client),
        "etcd-client.key": _private_pem(client_key),
        "service-account.key": _private_pem(signer),
        "service-account.pub": signer.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        ),
    }


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: tuple[x509.Certificate, ec.EllipticCurvePrivateKey] | None,
    *,
    usage: x509.ObjectIdentifier | None = None,
    server: bool = False,
) -> x509.Certificate:
    """A certificate signed by `issuer`; without one, an authority's own."""
    now = datetime.datetime.now(datetime.UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signer = key if issuer is None else issuer[1]
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if issuer is None else issuer[0].subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_SKEW)
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=0 if issuer is None else None), True)
        .add_extension(_key_usage(authority=issuer is None), True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), False)
    )
    if usage is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), False)
    if server:
        builder = builder.add_extension(x509.SubjectAlternativeName(_names(SERVER_NAMES, SERVER_ADDRESSES)), False)
    return builder.sign(signer, hashes.SHA256())


def _names(names: Sequence[str], addresses: Sequence[str]) -> list[x509.GeneralName]:
    return [
        *(x509.DNSName(name) for name in names),
        *(x509.IPAddress(ipaddress.ip_address(address)) for address in addresses),
    ]


def _key_usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _private_pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
