/* multipart/form-data over a file in memory-mapped form. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define SOHOA_QLVB_MAX_PARTS 16

typedef struct {
  char       *name;   /* (owned) of the form field */
  gsize       offset; /* in the body */
  gsize       length;
} SohoaQlvbPart;

/* (element-type SohoaQlvbPart); NULL when the body is not whole (truncated, no end, too many parts). */
GPtrArray *sohoa_qlvb_multipart_parse (const char *body, gsize length, const char *boundary);
const SohoaQlvbPart *sohoa_qlvb_multipart_peek (const GPtrArray *parts, const char *name); /* NULL: none */

G_END_DECLS
