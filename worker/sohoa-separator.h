/* Separator marks on a page (design.md 8: zbar): Kodak's transfer patch (A-61599: bars and spaces of 0.08 inch,
 * wide bars 0.20; T is narrow, wide, narrow, wide) and bar codes. Read at every quarter turn, so also upside down. */
#pragma once

#include <gio/gio.h>
#include <leptonica/allheaders.h>

G_BEGIN_DECLS

#define SOHOA_SEPARATOR_MAX_CODES 8u
#define SOHOA_SEPARATOR_MAX_TEXT 256u /* bytes of one code; longer ones are left out */

typedef struct {
  gboolean   patch_t;
  GPtrArray *codes; /* (owned) (element-type utf8) "qr:TEXT", "code128:TEXT", "code39:TEXT"; printable ASCII only */
} SohoaSeparator;

void sohoa_separator_clear (SohoaSeparator *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SohoaSeparator, sohoa_separator_clear)

/* Looks at @pix (any depth) of @dpi. FALSE when memory is short. */
gboolean sohoa_separator_find (PIX *pix, double dpi, SohoaSeparator *out);

G_END_DECLS
