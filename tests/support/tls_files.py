"""Certificates for tests of TLS, made as they are needed by `openssl`: an authority and what it signs."""

import os
import subprocess


def _openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)


class Identity:
    """A certificate and its key, by the names of their files."""

    def __init__(self, cert, key):
        self.cert = cert
        self.key = key


class Authority:
    """Signs certificates below `folder`; `cert` is its own."""

    def __init__(self, folder, name="ca"):
        self.folder = folder
        self.cert = os.path.join(folder, name + ".pem")
        self.key = os.path.join(folder, name + ".key")
        _openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", 2,
                 "-subj", f"/CN=Muster test {name}", "-addext", "basicConstraints=critical,CA:TRUE",
                 "-addext", "keyUsage=critical,keyCertSign,cRLSign", "-keyout", self.key, "-out", self.cert)

    def sign(self, name, alternative_name="DNS:localhost,IP:127.0.0.1", days=2):
        """With `days` below 0 it has expired."""
        path = os.path.join(self.folder, name)
        _openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
                 f"/CN={name}", "-keyout", path + ".key", "-out", path + ".csr")
        with open(path + ".ext", "w", encoding="ascii") as file:
            file.write(f"subjectAltName={alternative_name}\nextendedKeyUsage=serverAuth,clientAuth\n")
        _openssl("x509", "-req", "-in", path + ".csr", "-CA", self.cert, "-CAkey", self.key,
                 "-CAcreateserial", "-days", days, "-extfile", path + ".ext", "-out", path + ".pem")
        return Identity(path + ".pem", path + ".key")


def self_signed(folder, name="self"):
    path = os.path.join(folder, name)
    _openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", 2,
             "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
             "-keyout", path + ".key", "-out", path + ".pem")
    return Identity(path + ".pem", path + ".key")
