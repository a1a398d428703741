"""pyHanko's validation of PAdES by ETSI EN 319 102-1: basic, with time, and with long-term availability, offline.

usage: pades.py ROOT.pem LEVEL:FILE…   (LEVEL b, t, lt or lta; ends with 0 when every file passes at its level)"""
import asyncio
import sys

from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import DocumentSecurityStore, ades, async_validate_pdf_signature
from pyhanko.sign.validation.policy_decl import (
    PdfSignatureValidationSpec, RevinfoOnlineFetchingRule, RevocationInfoGatheringSpec, SignatureValidationSpec)
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.policy_decl import CertRevTrustPolicy, RevocationCheckingPolicy
from pyhanko_certvalidator.registry import SimpleTrustManager


def spec_of(root, revocation):
    policy = CertValidationPolicySpec(
        trust_manager=SimpleTrustManager.build([root]),
        revinfo_policy=CertRevTrustPolicy(RevocationCheckingPolicy.from_legacy(revocation)))
    return SignatureValidationSpec(
        cert_validation_policy=policy,
        revinfo_gathering_policy=RevocationInfoGatheringSpec(
            online_fetching_rule=RevinfoOnlineFetchingRule.LOCAL_ONLY))


async def judge(root, level, path):
    with open(path, "rb") as stream:
        signature = PdfFileReader(stream).embedded_regular_signatures[0]
        if level == "b":
            return await ades.ades_basic_validation(signature.signed_data, spec_of(root, "soft-fail"),
                                                    raw_digest=signature.compute_digest())
        if level == "t":
            return await ades.ades_with_time_validation(signature.signed_data, spec_of(root, "soft-fail"),
                                                        raw_digest=signature.compute_digest())
        if level == "lt":  # as of now, with nothing but the file's own store; everything must be shown not revoked
            store = DocumentSecurityStore.read_dss(signature.reader)
            context = store.as_validation_context(
                {"trust_roots": [root], "allow_fetching": False, "revocation_mode": "require"})
            return await async_validate_pdf_signature(signature, context, context)
        strict = PdfSignatureValidationSpec(spec_of(root, "require"))
        return await ades.ades_lta_validation(signature, strict)


def main():
    root = load_cert_from_pemder(sys.argv[1])
    failed = 0
    for word in sys.argv[2:]:
        level, path = word.split(":", 1)
        result = asyncio.run(judge(root, level, path))
        verdict = result.bottom_line if level == "lt" else str(result.ades_subindic)
        good = verdict is True or verdict == "AdESPassed.OK"
        print("PASS" if good else "FAIL", level, path, verdict)
        failed += not good
    sys.exit(1 if failed else 0)


main()
