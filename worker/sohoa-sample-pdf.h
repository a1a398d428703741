/* The sample that makes poppler and fontconfig open, before the lock, what they will ever open; tests render
 * it behind the lock. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A page of 200 x 100 pt: a line in a font that is not embedded, below it one through a CJK CMap. A sealed
 * memfd, yours; -1 with @error. */
int sohoa_sample_pdf_new (GError **error);

G_END_DECLS
