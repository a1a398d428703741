/* The gate's fast eye (design.md 6, domain.md 4.3, 7): framed words and red marks anywhere on the page
 * at any quarter turn, and on a first page the lines of the header zone around ô 10a. It reports what it
 * read; the verdict is record/'s (sohoa_secrecy_verdict). */
#pragma once

#include "sohoa-mark.h"
#include "sohoa-recogniser.h"

G_BEGIN_DECLS

/* @pix: archived pixels, any depth, not turned. @first_page: also read the header zone and report
 * whether it could be read. Errors as sohoa_ocr_check_size() and SOHOA_OCR_ERROR_TIMEOUT/ENGINE: the
 * caller then must not clear the page. */
gboolean sohoa_marks_find (SohoaRecogniser *recogniser, PIX *pix, double dpi, gboolean first_page,
                           SohoaMarks **marks, GError **error);

G_END_DECLS
