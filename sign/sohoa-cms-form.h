/* The parts of a CMS signature that no signature protects, read byte by byte: they must say what they have to say and
 * nothing else (RFC 5652; ISO 32000-1, 12.8.3.3.1: DER). For friends inside sign/. */
#pragma once

#include "sohoa-sign-private.h"

G_BEGIN_DECLS

/* NULL, or why the form is not strict; static. @cert: the signer's. The bytes have been decoded by OpenSSL before. */
const char *sohoa_cms_form_problem (const guint8 *der, gsize length, X509 *cert);

G_END_DECLS
