#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""python_client.py WHAT ARGUMENTS... - what a Python program does with the token TOKEN through PyKCS11; MODULE and PIN are
of the environment. Asserts what must be so, and leaves files for openssl to look at."""
import multiprocessing
import os
import sys
import threading

from PyKCS11 import *

P256 = bytes.fromhex("06082a8648ce3d030107")
P384 = bytes.fromhex("06052b81040022")
SECRET = [(CKA_CLASS, CKO_SECRET_KEY), (CKA_KEY_TYPE, CKK_AES)]
library = PyKCS11Lib()


def slot():
    library.load(os.environ["MODULE"])
    found = [s for s in library.getSlotList(tokenPresent=True) if library.getTokenInfo(s).label.strip() == os.environ["TOKEN"]]
    assert len(found) == 1, found
    return found[0]


def session(pin=None):
    opened = library.openSession(slot(), CKF_SERIAL_SESSION | CKF_RW_SESSION)
    opened.login(pin or os.environ["PIN"])
    return opened


def one(opened, kind, label):
    found = opened.findObjects([(CKA_CLASS, kind), (CKA_LABEL, label)])
    assert len(found) == 1, (label, found)
    return found[0]


def refused(names, function, *args):
    """The call fails with one of these codes."""
    try:
        function(*args)
    except PyKCS11Error as e:
        assert CKR[e.value] in names, (CKR[e.value], names)
        print("refused:", CKR[e.value])
        return
    raise AssertionError(f"not refused: {names}")


def der_int(number):
    value = number.to_bytes(number.bit_length() // 8 + 1, "big")
    return b"\x02" + bytes([len(value)]) + value


def der(source, target):
    """r and s as openssl wants them."""
    with open(source, "rb") as f:
        raw = f.read()
    half = len(raw) // 2
    both = der_int(int.from_bytes(raw[:half], "big")) + der_int(int.from_bytes(raw[half:], "big"))
    with open(target, "wb") as f:
        f.write(b"\x30" + bytes([len(both)]) + both)


def der_len(length):
    return bytes([length]) if length < 128 else bytes([0x82, length >> 8, length & 255])


def der_seq(*parts):
    return b"\x30" + der_len(len(b"".join(parts))) + b"".join(parts)


def bits(content):
    return b"\x03" + der_len(len(content) + 1) + b"\0" + content


def read(name):
    with open(name, "rb") as f:
        return f.read()


def write(name, data):
    with open(name, "wb") as f:
        f.write(bytes(data))


def describe():
    number = slot()
    info = library.getTokenInfo(number)
    print(library.getInfo(), library.getSlotInfo(number), info, sep="\n")
    assert info.flags & CKF_TOKEN_INITIALIZED and info.flags & CKF_LOGIN_REQUIRED and info.flags & CKF_USER_PIN_INITIALIZED
    names = library.getMechanismList(number)
    assert {"CKM_ECDSA", "CKM_RSA_PKCS", "CKM_AES_GCM", "CKM_SHA256"} <= set(names), names
    for name in names:
        library.getMechanismInfo(number, name)


def rsa(name):
    opened = session()
    common = [(CKA_TOKEN, CK_TRUE), (CKA_LABEL, "rsa"), (CKA_ID, b"\x01")]
    public, private = opened.generateKeyPair(
        [*common, (CKA_MODULUS_BITS, 2048), (CKA_PUBLIC_EXPONENT, (1, 0, 1)), (CKA_VERIFY, CK_TRUE), (CKA_ENCRYPT, CK_TRUE)],
        [*common, (CKA_SIGN, CK_TRUE), (CKA_DECRYPT, CK_TRUE)])
    text = read(name)
    modulus, exponent = (bytes(v) for v in opened.getAttributeValue(public, [CKA_MODULUS, CKA_PUBLIC_EXPONENT]))
    number = b"\x02" + der_len(len(modulus) + 1) + b"\0" + modulus
    key = der_seq(number, b"\x02" + der_len(len(exponent)) + exponent)
    spki = der_seq(der_seq(bytes.fromhex("06092a864886f70d0101010500")), bits(key))
    write("rsa.der", spki)
    pss = RSA_PSS_Mechanism(CKM_SHA384_RSA_PKCS_PSS, CKM_SHA384, CKG_MGF1_SHA384, 48)
    for by, out in ((Mechanism(CKM_SHA256_RSA_PKCS), "rsa.sig"), (pss, "pss.sig")):
        signature = opened.sign(private, text, by)
        assert opened.verify(public, text, signature, by)
        assert not opened.verify(public, text + b"!", signature, by)
        write(out, signature)
    values = opened.getAttributeValue(private, [CKA_MODULUS, CKA_PRIVATE_EXPONENT, CKA_PRIME_1, CKA_SENSITIVE])
    assert bytes(values[0]) == modulus and values[1:3] == [None, None] and values[3], values


def decrypt(name, pkcs1, oaep):
    opened = session()
    private = one(opened, CKO_PRIVATE_KEY, "rsa")
    for by, what in ((Mechanism(CKM_RSA_PKCS), pkcs1), (RSAOAEPMechanism(CKM_SHA256, CKG_MGF1_SHA256), oaep)):
        assert bytes(opened.decrypt(private, read(what), by)) == read(name)
        sealed = bytes(opened.encrypt(one(opened, CKO_PUBLIC_KEY, "rsa"), read(name), by))
        assert bytes(opened.decrypt(private, sealed, by)) == read(name)
    refused({"CKR_ENCRYPTED_DATA_INVALID", "CKR_ENCRYPTED_DATA_LEN_RANGE"}, opened.decrypt, private, bytes(256),
            RSAOAEPMechanism(CKM_SHA256, CKG_MGF1_SHA256))


def ecdh(peer, out):
    opened = session()
    public, private = opened.generateKeyPair([(CKA_EC_PARAMS, P384)], [(CKA_DERIVE, CK_TRUE)], Mechanism(CKM_EC_KEY_PAIR_GEN))
    derived = opened.deriveKey(private, [(CKA_CLASS, CKO_SECRET_KEY), (CKA_KEY_TYPE, CKK_GENERIC_SECRET), (CKA_SENSITIVE, CK_FALSE),
                                         (CKA_EXTRACTABLE, CK_TRUE)], ECDH1_DERIVE_Mechanism(read(peer)[-97:]))
    write(out, opened.getAttributeValue(derived, [CKA_VALUE])[0])
    point = bytes(opened.getAttributeValue(public, [CKA_EC_POINT])[0])
    assert point[:2] == b"\x04\x61", point[:2].hex()
    write("ecdh.der", der_seq(der_seq(bytes.fromhex("06072a8648ce3d0201"), P384), bits(point[2:])))


def wrap():
    opened = session()
    wrapping = opened.generateKey([*SECRET, (CKA_VALUE_LEN, 32), (CKA_WRAP, CK_TRUE), (CKA_UNWRAP, CK_TRUE)], Mechanism(CKM_AES_KEY_GEN))
    by = Mechanism(CKM_AES_KEY_WRAP)
    kept = opened.generateKey([*SECRET, (CKA_VALUE_LEN, 16)], Mechanism(CKM_AES_KEY_GEN))
    refused({"CKR_KEY_UNEXTRACTABLE"}, opened.wrapKey, wrapping, kept, by)
    refused({"CKR_KEY_UNEXTRACTABLE"}, opened.wrapKey, wrapping, one(opened, CKO_PRIVATE_KEY, "rsa"), Mechanism(CKM_AES_KEY_WRAP_PAD))
    assert opened.getAttributeValue(kept, [CKA_VALUE]) == [None]
    goes = opened.generateKey([*SECRET, (CKA_VALUE_LEN, 16), (CKA_EXTRACTABLE, CK_TRUE), (CKA_ENCRYPT, CK_TRUE)], Mechanism(CKM_AES_KEY_GEN))
    wrapped = opened.wrapKey(wrapping, goes, by)
    assert len(wrapped) == 24
    back = opened.unwrapKey(wrapping, wrapped, [*SECRET, (CKA_ENCRYPT, CK_TRUE)], by)
    ecb = Mechanism(CKM_AES_ECB)
    assert bytes(opened.encrypt(goes, bytes(16), ecb)) == bytes(opened.encrypt(back, bytes(16), ecb))
    refused({"CKR_WRAPPED_KEY_INVALID"}, opened.unwrapKey, wrapping, bytes(24), SECRET, by)


def objects():
    opened = session()
    before = len(opened.findObjects())
    for i in range(25):  # it asks for ten at a time
        opened.createObject([(CKA_CLASS, CKO_DATA), (CKA_TOKEN, CK_TRUE), (CKA_LABEL, f"data {i}"), (CKA_VALUE, b"v%d" % i), (CKA_APPLICATION, "test")])
    assert len(opened.findObjects()) == before + 25
    mine = opened.findObjects([(CKA_CLASS, CKO_DATA), (CKA_APPLICATION, "test")])
    assert len(mine) == 25
    opened.setAttributeValue(mine[3], [(CKA_LABEL, "another")])
    assert len(opened.findObjects([(CKA_LABEL, "another")])) == 1
    for handle in mine:
        opened.destroyObject(handle)
    assert len(opened.findObjects()) == before
    refused({"CKR_OBJECT_HANDLE_INVALID"}, opened.getAttributeValue, mine[0], [CKA_LABEL])
    refused({"CKR_ATTRIBUTE_VALUE_INVALID", "CKR_TEMPLATE_INCOMPLETE", "CKR_DOMAIN_PARAMS_INVALID", "CKR_CURVE_NOT_SUPPORTED"},
            opened.generateKeyPair, [(CKA_EC_PARAMS, b"\x06\x01\x01")], [], Mechanism(CKM_EC_KEY_PAIR_GEN))


def logout():
    opened = session()
    private = one(opened, CKO_PRIVATE_KEY, "report")
    opened.logout()
    assert not opened.findObjects([(CKA_CLASS, CKO_PRIVATE_KEY)])
    refused({"CKR_KEY_HANDLE_INVALID", "CKR_OBJECT_HANDLE_INVALID", "CKR_USER_NOT_LOGGED_IN"}, opened.sign, private, b"text", Mechanism(CKM_ECDSA_SHA256))
    refused({"CKR_USER_NOT_LOGGED_IN"}, opened.logout)
    opened.login(os.environ["PIN"])
    refused({"CKR_USER_ALREADY_LOGGED_IN"}, opened.login, os.environ["PIN"])
    sign(opened, b"text")


def sign(opened, text):
    by = Mechanism(CKM_ECDSA_SHA256)
    signature = opened.sign(one(opened, CKO_PRIVATE_KEY, "report"), text, by)
    assert opened.verify(one(opened, CKO_PUBLIC_KEY, "report"), text, signature, by)


def threads():
    opened, wrong = session(), []

    def work(number):
        try:
            own = library.openSession(opened.getSessionInfo().slotID, CKF_SERIAL_SESSION)
            for i in range(25):
                sign(own, b"%d %d" % (number, i))
            own.closeSession()
        except (PyKCS11Error, AssertionError) as e:
            wrong.append(e)

    workers = [threading.Thread(target=work, args=[i]) for i in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not wrong, wrong


def in_child(function):
    """Its status; the child ends as children do, with Python's clean-up of what it inherited."""
    child = multiprocessing.get_context("fork").Process(target=function)
    child.start()
    child.join(30)
    return child.exitcode


def fork():
    opened = session()

    def old():
        refused({"CKR_CRYPTOKI_NOT_INITIALIZED"}, sign, opened, b"text")

    def new():
        sign(session(), b"text")
        assert in_child(new_again) == 0

    def new_again():
        sign(session(), b"text")

    def none():
        pass

    for function in (old, none, new):
        assert in_child(function) == 0, function.__name__
        sign(opened, b"text")


def begin():
    global me
    me = session()


def work(number):
    sign(me, b"%d" % number)
    return os.getpid()


def pool():
    opened = session()
    with multiprocessing.Pool(3, begin) as workers:
        pids = set(workers.map(work, range(30), 1))
    assert os.getpid() not in pids and pids
    sign(opened, b"text")


def reload():
    for _ in range(5):
        sign(session(), b"text")
        library.lib.Unload()


def wrong(pin, name):
    opened = library.openSession(slot(), CKF_SERIAL_SESSION | CKF_RW_SESSION)
    refused({name}, opened.login, pin)
    assert not opened.findObjects([(CKA_CLASS, CKO_PRIVATE_KEY)])


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
