/* Document metadata: XMP and the Info dictionary, saying the same. */
#pragma once

#include "sohoa-pdf.h"

G_BEGIN_DECLS

/* "<FEFF…>", UTF-16BE hexadecimal string of PDF. g_free. */
char   *sohoa_pdf_text_string (const char *utf8);
/* "(D:…)" of sohoa_time_to_pdf. g_free. */
char   *sohoa_pdf_date_string (gint64 time_us);
char   *sohoa_pdf_title (const SohoaPdfJob *job);      /* g_free */
char   *sohoa_pdf_info_inner (const SohoaPdfJob *job); /* g_free */
GBytes *sohoa_pdf_xmp (const SohoaPdfJob *job);        /* packet */

G_END_DECLS
