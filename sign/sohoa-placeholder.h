/* Fills the signature that pdf/ left open in a file (placeholder: lib/sohoa-protocol.h). */
#pragma once

#include <gio/gio.h>

#include "sohoa-range.h"
#include "sohoa-signer.h"

G_BEGIN_DECLS

#define SOHOA_CONTENTS_MIN_BYTES 2048u /* of binary CMS; less room is a mistake of the writer */

typedef struct {
  guint64 byte_range_offset; /* of '[' */
  guint64 byte_range_length; /* room for "[0 a b c]" with both brackets, filled up with spaces */
  guint64 contents_offset;   /* of '<' */
  guint64 contents_length;   /* with '<' and '>' */
} SohoaPlaceholder;

/* @dict: the a{sv} of the worker's answer. Errors: SOHOA_ERROR_INVALID_ARGUMENT. */
gboolean sohoa_placeholder_from_variant (GVariant *dict, SohoaPlaceholder *out, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/* The two ranges that are signed: everything but /Contents with its < and >. */
void sohoa_placeholder_get_ranges (const SohoaPlaceholder *self, guint64 file_size, SohoaRange ranges[2]);

/* Writes /ByteRange, hashes the file without /Contents, signs, writes the CMS in hex. @pdf_fd is
 * read and written in place: hand in the temporary output, never a file of record.
 * Errors: SOHOA_ERROR_INVALID_ARGUMENT (the offsets do not show '[', '<', '>'),
 * SOHOA_SIGN_ERROR_FORMAT (the CMS is larger than the room), those of sohoa_signer_sign(). */
gboolean sohoa_sign_fill_placeholder (int pdf_fd, const SohoaPlaceholder *placeholder, SohoaSigner *signer,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The same with a signature time stamp when @stamp gives one; why not stands in *@stamp_error. */
gboolean sohoa_sign_fill_stamped (int pdf_fd, const SohoaPlaceholder *placeholder, SohoaSigner *signer,
                                  SohoaStampFunc stamp, gpointer data, GError **stamp_error, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

/* A document time stamp (ETSI.RFC3161) into the placeholder. Errors: those of @stamp, and as above. */
gboolean sohoa_sign_fill_timestamp (int pdf_fd, const SohoaPlaceholder *placeholder, SohoaStampFunc stamp,
                                    gpointer data, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
