#define _GNU_SOURCE
#include "sohoa-qpdf.h"

#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-protocol.h"
#include "sohoa-text.h"

#include <string.h>
#include <sys/mman.h>

#define HEADER_SEARCH_BYTES 1024

typedef struct {
  SohoaQpdf      *self;
  SohoaFieldVisit visit;
  gpointer        data;
  guint           left;
  gboolean        stopped;
} Walk;

static gboolean
map_file (SohoaQpdf *self, int fd, GError **error)
{
  goffset size = sohoa_fd_size (fd);
  void *bytes;

  if (size <= 0) {
    g_set_error (error, SOHOA_INTAKE_ERROR, SOHOA_INTAKE_ERROR_EMPTY, "PDF: the file is empty: scan or send it again");
    return FALSE;
  }
  if ((guint64) size > SOHOA_INPUT_MAX_BYTES) {
    g_set_error (error, SOHOA_INTAKE_ERROR, SOHOA_INTAKE_ERROR_TOO_LARGE, "PDF: larger than 2 GiB: split it");
    return FALSE;
  }
  bytes = mmap (NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
  if (bytes == MAP_FAILED) {
    g_set_error (error, SOHOA_INTAKE_ERROR, SOHOA_INTAKE_ERROR_UNREADABLE, "PDF: cannot be mapped: %s", g_strerror (errno));
    return FALSE;
  }
  self->bytes = bytes;
  self->size = size;
  if (memmem (bytes, MIN (self->size, HEADER_SEARCH_BYTES), "%PDF-", 5) == NULL) {
    g_set_error (error, SOHOA_INTAKE_ERROR, SOHOA_INTAKE_ERROR_UNSUPPORTED, "not a PDF: no %%PDF- header");
    return FALSE;
  }
  return TRUE;
}

SohoaQpdf *
sohoa_qpdf_open (int fd, GError **error)
{
  g_autoptr(SohoaQpdf) self = g_new0 (SohoaQpdf, 1);
  QPDF_ERROR_CODE code;

  if (!map_file (self, fd, error))
    return NULL;
  self->qpdf = qpdf_init ();
  qpdf_set_suppress_warnings (self->qpdf, QPDF_TRUE);
  qpdf_silence_errors (self->qpdf);
  code = qpdf_read_memory (self->qpdf, "input", (const char *) self->bytes, self->size, NULL);
  if ((code & QPDF_ERRORS) != 0) {
    gboolean password = qpdf_get_error_code (self->qpdf, qpdf_get_error (self->qpdf)) == qpdf_e_password;

    if (password)
      g_set_error (error, SOHOA_INTAKE_ERROR, SOHOA_INTAKE_ERROR_ENCRYPTED,
                   "PDF: encrypted with a password: remove the password and send it again");
    else
      g_set_error (error, SOHOA_INTAKE_ERROR, SOHOA_INTAKE_ERROR_DAMAGED, "PDF: damaged: send or scan it again");
    return NULL;
  }
  self->repaired = (code & QPDF_WARNINGS) != 0 || qpdf_more_warnings (self->qpdf);
  return g_steal_pointer (&self);
}

void
sohoa_qpdf_free (SohoaQpdf *self)
{
  if (self == NULL)
    return;
  if (self->qpdf != NULL)
    qpdf_cleanup (&self->qpdf);
  if (self->bytes != NULL)
    (void) munmap ((void *) self->bytes, self->size);
  g_free (self);
}

char *
sohoa_qpdf_dup_text (SohoaQpdf *self, qpdf_oh string)
{
  size_t length = 0;
  const char *text;
  g_autofree char *copy = NULL;

  if (!qpdf_oh_is_string (self->qpdf, string))
    return NULL;
  text = qpdf_oh_get_binary_utf8_value (self->qpdf, string, &length);
  copy = g_strndup (text, length);
  return sohoa_text_nfc (copy);
}

static void
walk_fields (Walk *walk, qpdf_oh list, const char *parent_name, const char *parent_type, guint depth)
{
  qpdf_data q = walk->self->qpdf;
  int n = qpdf_oh_is_array (q, list) ? qpdf_oh_get_array_n_items (q, list) : 0;

  for (int i = 0; i < n && !walk->stopped && depth < SOHOA_QPDF_MAX_FIELD_DEPTH; i++) {
    qpdf_oh field = qpdf_oh_get_array_item (q, list, i);
    g_autofree char *own = NULL;
    g_autofree char *name = NULL;
    g_autofree char *type = NULL;
    qpdf_oh ft;

    if (!qpdf_oh_is_dictionary (q, field) || walk->left == 0)
      continue;
    walk->left--;
    own = sohoa_qpdf_dup_text (walk->self, qpdf_oh_get_key (q, field, "/T"));
    if (own == NULL || parent_name[0] == '\0')
      name = g_strdup (own != NULL ? own : parent_name);
    else
      name = g_strdup_printf ("%s.%s", parent_name, own);
    ft = qpdf_oh_get_key (q, field, "/FT");
    type = g_strdup (qpdf_oh_is_name (q, ft) ? qpdf_oh_get_name (q, ft) : parent_type);
    if (!walk->visit (walk->self, field, type, name, walk->data))
      walk->stopped = TRUE;
    else
      walk_fields (walk, qpdf_oh_get_key (q, field, "/Kids"), name, type, depth + 1);
  }
}

void
sohoa_qpdf_visit_fields (SohoaQpdf *self, SohoaFieldVisit visit, gpointer data)
{
  Walk walk = { self, visit, data, SOHOA_QPDF_MAX_FIELDS, FALSE };
  qpdf_oh form = qpdf_oh_get_key_if_dict (self->qpdf, qpdf_get_root (self->qpdf), "/AcroForm");

  if (qpdf_oh_is_dictionary (self->qpdf, form))
    walk_fields (&walk, qpdf_oh_get_key (self->qpdf, form, "/Fields"), "", "", 0);
}
