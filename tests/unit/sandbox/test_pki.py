"""Certificates of the sandbox."""

from __future__ import annotations

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import PolicyBuilder, Store

from sandbox.control_plane import pki

FILES = pki.make()


def certificate(name: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate(FILES[name])


def test_the_server_is_verified_by_the_authority_under_each_of_its_names() -> None:
    for name in pki.SERVER_NAMES:
        verifier = PolicyBuilder().store(Store([certificate("ca.crt")])).build_server_verifier(x509.DNSName(name))
        assert verifier.verify(certificate("server.crt"), []) == [certificate("server.crt"), certificate("ca.crt")]


def test_the_server_answers_for_loopback_and_for_the_cluster_ip_of_kubernetes() -> None:
    names = certificate("server.crt").extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1", "10.96.0.1"]


def test_only_the_client_certificate_opens_etcd() -> None:
    def usages(name: str) -> list[x509.ObjectIdentifier]:
        return list(certificate(name).extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)

    assert usages("etcd-client.crt") == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert usages("server.crt") == [ExtendedKeyUsageOID.SERVER_AUTH]


def test_each_private_key_belongs_to_its_certificate_and_the_authoritys_is_nowhere() -> None:
    for name in ("server", "etcd-client"):
        key = serialization.load_pem_private_key(FILES[f"{name}.key"], password=None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        assert key.public_key() == certificate(f"{name}.crt").public_key()
    assert sorted(name for name in FILES if name.endswith(".key")) == [
        "etcd-client.key",
        "server.key",
        "service-account.key",
    ]
    assert b"PRIVATE" not in FILES["ca.crt"] + FILES["server.crt"] + FILES["service-account.pub"]
