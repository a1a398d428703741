/* A stretch of bytes in a file: what a PDF signature covers (pdf/ finds them, sign/ hashes them). */
#pragma once

#include <glib.h>

typedef struct {
  guint64 offset;
  guint64 length;
} SohoaRange;
