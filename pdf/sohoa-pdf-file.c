#define _GNU_SOURCE
#include "sohoa-pdf-file.h"

#include "sohoa-errors.h"

#include <stdlib.h>
#include <string.h>

#define HEADER_WINDOW_BYTES 1024
#define SYNTAX_DEPTH 6
#define SYNTAX_MAX_ITEMS 64
#define STREAM_MAX_BYTES (640u * 1024 * 1024)

static void
set_open_error (SohoaPdfFile *self, GError **error)
{
  qpdf_error e = qpdf_get_error (self->qpdf);
  gboolean password = e != NULL && qpdf_get_error_code (self->qpdf, e) == qpdf_e_password;

  if (password)
    g_set_error_literal (error, SOHOA_INTAKE_ERROR, SOHOA_INTAKE_ERROR_ENCRYPTED,
                         "PDF: encrypted, needs a password: ask the sender for an open file");
  else
    g_set_error_literal (error, SOHOA_INTAKE_ERROR, SOHOA_INTAKE_ERROR_DAMAGED,
                         "PDF: damaged beyond reading: scan or export it again");
}

gboolean
sohoa_pdf_file_open (SohoaPdfFile *self, int fd, GError **error)
{
  g_autoptr(GMappedFile) map = g_mapped_file_new_from_fd (fd, FALSE, NULL);
  const char *data;
  gsize size;

  memset (self, 0, sizeof *self);
  if (map == NULL || (size = g_mapped_file_get_length (map)) == 0) {
    g_set_error_literal (error, SOHOA_INTAKE_ERROR,
                         map == NULL ? SOHOA_INTAKE_ERROR_UNREADABLE : SOHOA_INTAKE_ERROR_EMPTY,
                         map == NULL ? "PDF: cannot be read: try again" : "PDF: empty file: send it again");
    return FALSE;
  }
  self->bytes = g_mapped_file_get_bytes (map);
  data = g_bytes_get_data (self->bytes, NULL);
  if (memmem (data, MIN (size, HEADER_WINDOW_BYTES), "%PDF-", 5) == NULL) {
    g_set_error_literal (error, SOHOA_INTAKE_ERROR, SOHOA_INTAKE_ERROR_UNSUPPORTED, "PDF: no PDF header: not a PDF");
    return FALSE;
  }
  self->qpdf = qpdf_init ();
  qpdf_silence_errors (self->qpdf);
  qpdf_set_suppress_warnings (self->qpdf, QPDF_TRUE);
  if (qpdf_read_memory (self->qpdf, "input", data, size, NULL) & QPDF_ERRORS) {
    set_open_error (self, error);
    return FALSE;
  }
  self->encrypted = qpdf_is_encrypted (self->qpdf);
  while (qpdf_more_warnings (self->qpdf)) {
    qpdf_error warning = qpdf_next_warning (self->qpdf);
    const char *text = qpdf_get_error_message_detail (self->qpdf, warning);

    /* a /Size that counts otherwise misleads nobody; anything else means that readers may disagree */
    if (text == NULL || strstr (text, "reported number of objects") == NULL)
      self->repaired = TRUE;
  }
  return TRUE;
}

void
sohoa_pdf_file_close (SohoaPdfFile *self)
{
  if (self->qpdf != NULL) {
    (void) qpdf_get_error (self->qpdf); /* else the library says on stderr that nobody asked */
    qpdf_cleanup (&self->qpdf);
  }
  g_clear_pointer (&self->bytes, g_bytes_unref);
}

qpdf_oh
sohoa_pdf_file_get (const SohoaPdfFile *self, qpdf_oh object, const char *key)
{
  if (qpdf_oh_is_stream (self->qpdf, object))
    object = qpdf_oh_get_dict (self->qpdf, object);
  return qpdf_oh_is_dictionary (self->qpdf, object) ? qpdf_oh_get_key (self->qpdf, object, key)
                                                    : qpdf_oh_new_null (self->qpdf);
}

const char *
sohoa_pdf_file_name (const SohoaPdfFile *self, qpdf_oh object)
{
  const char *name = qpdf_oh_is_name (self->qpdf, object) ? qpdf_oh_get_name (self->qpdf, object) : "/";

  return name + (name[0] == '/');
}

gboolean
sohoa_pdf_file_is_name (const SohoaPdfFile *self, qpdf_oh object, const char *name)
{
  return strcmp (sohoa_pdf_file_name (self, object), name) == 0;
}

double
sohoa_pdf_file_number (const SohoaPdfFile *self, qpdf_oh object, double fallback)
{
  return qpdf_oh_is_number (self->qpdf, object) ? qpdf_oh_get_numeric_value (self->qpdf, object) : fallback;
}

gint64
sohoa_pdf_file_integer (const SohoaPdfFile *self, qpdf_oh object, gint64 fallback)
{
  return qpdf_oh_is_integer (self->qpdf, object) ? qpdf_oh_get_int_value (self->qpdf, object) : fallback;
}

gboolean
sohoa_pdf_file_numbers (const SohoaPdfFile *self, qpdf_oh object, guint n, double *out)
{
  if (!qpdf_oh_is_array (self->qpdf, object) || qpdf_oh_get_array_n_items (self->qpdf, object) < (int) n)
    return FALSE;
  for (guint i = 0; i < n; i++) {
    qpdf_oh item = qpdf_oh_get_array_item (self->qpdf, object, (int) i);

    if (!qpdf_oh_is_number (self->qpdf, item))
      return FALSE;
    out[i] = qpdf_oh_get_numeric_value (self->qpdf, item);
  }
  return TRUE;
}

static gboolean
append_syntax (const SohoaPdfFile *self, qpdf_oh object, GString *out, guint depth)
{
  qpdf_data q = self->qpdf;

  if (depth > SYNTAX_DEPTH)
    return FALSE;
  if (qpdf_oh_is_null (q, object) || qpdf_oh_is_bool (q, object) || qpdf_oh_is_number (q, object)
      || qpdf_oh_is_name (q, object)) {
    g_string_append (out, qpdf_oh_unparse_resolved (q, object));
    return TRUE;
  }
  if (qpdf_oh_is_array (q, object)) {
    int n = qpdf_oh_get_array_n_items (q, object);

    g_string_append_c (out, '[');
    for (int i = 0; i < n; i++) {
      if (i >= SYNTAX_MAX_ITEMS || (i > 0 && g_string_append_c (out, ' ') == NULL)
          || !append_syntax (self, qpdf_oh_get_array_item (q, object, i), out, depth + 1))
        return FALSE;
    }
    g_string_append_c (out, ']');
    return TRUE;
  }
  if (qpdf_oh_is_dictionary (q, object)) {
    g_autoptr(GPtrArray) keys = g_ptr_array_new_with_free_func (g_free);

    qpdf_oh_begin_dict_key_iter (q, object);
    while (qpdf_oh_dict_more_keys (q) && keys->len < SYNTAX_MAX_ITEMS)
      g_ptr_array_add (keys, g_strdup (qpdf_oh_dict_next_key (q)));
    g_string_append (out, "<<");
    for (guint i = 0; i < keys->len; i++) {
      g_string_append_printf (out, " %s ", (char *) keys->pdata[i]);
      if (!append_syntax (self, qpdf_oh_get_key (q, object, keys->pdata[i]), out, depth + 1))
        return FALSE;
    }
    g_string_append (out, " >>");
    return TRUE;
  }
  return FALSE;
}

gboolean
sohoa_pdf_file_syntax (const SohoaPdfFile *self, qpdf_oh object, GString *out)
{
  return append_syntax (self, object, out, 0);
}

static void
free_c (gpointer data)
{
  free (data);
}

GBytes *
sohoa_pdf_file_stream (const SohoaPdfFile *self, qpdf_oh stream, gboolean decoded)
{
  unsigned char *buffer = NULL;
  size_t length = 0;
  QPDF_BOOL filtered = QPDF_FALSE;
  QPDF_ERROR_CODE code;

  if (!qpdf_oh_is_stream (self->qpdf, stream))
    return NULL;
  code = qpdf_oh_get_stream_data (self->qpdf, stream, decoded ? qpdf_dl_specialized : qpdf_dl_none, &filtered,
                                  &buffer, &length);
  if ((code & QPDF_ERRORS) || buffer == NULL || length > STREAM_MAX_BYTES || (decoded && !filtered)) {
    free (buffer);
    return NULL;
  }
  return g_bytes_new_with_free_func (buffer, length, free_c, buffer);
}

char *
sohoa_pdf_file_text (const SohoaPdfFile *self, qpdf_oh string)
{
  if (!qpdf_oh_is_string (self->qpdf, string))
    return NULL;
  return g_utf8_make_valid (qpdf_oh_get_utf8_value (self->qpdf, string), -1);
}
