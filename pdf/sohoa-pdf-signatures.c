/* What signatures a PDF has, read strictly: the ByteRange must leave out exactly the Contents string
 * (ISO 32000-1, 12.8.1; PAdES EN 319 142-1, 5.1). Nothing here proves anything: sign/ does. */
#include "sohoa-pdf.h"

#include "sohoa-errors.h"
#include "sohoa-pdf-fields.h"

#include <string.h>

#define MAX_SIGNATURES 1000u
#define MAX_LOCKED 1000

void
sohoa_pdf_signature_free (SohoaPdfSignature *self)
{
  if (self == NULL)
    return;
  g_free (self->field);
  g_free (self->subfilter);
  g_clear_pointer (&self->contents, g_bytes_unref);
  g_free (self->name);
  g_free (self->reason);
  g_free (self->location);
  g_free (self->m);
  g_strfreev (self->lock_fields);
  g_free (self);
}

/* Length of one DER element from its header, 0 when the header is not DER. */
static gsize
der_length (const guint8 *der, gsize size)
{
  gsize length = 0, n;

  if (size < 2)
    return 0;
  if (der[1] < 0x80)
    return 2 + der[1];
  n = der[1] & 0x7f;
  if (n == 0 || n > 4 || size < 2 + n)
    return 0;
  for (gsize i = 0; i < n; i++)
    length = length << 8 | der[2 + i];
  return 2 + n + length;
}

/* The Contents string cut to its own DER length; what follows must be zero padding. */
static GBytes *
take_contents (SohoaPdfFile *file, qpdf_oh value, gboolean *clean_padding)
{
  size_t size = 0;
  const char *bytes;
  gsize length;

  *clean_padding = FALSE;
  if (!qpdf_oh_is_string (file->qpdf, value))
    return NULL;
  bytes = qpdf_oh_get_binary_string_value (file->qpdf, value, &size);
  length = der_length ((const guint8 *) bytes, size);
  if (length == 0 || length > size)
    return g_bytes_new (bytes, size);
  *clean_padding = TRUE;
  for (gsize i = length; i < size; i++)
    if (bytes[i] != 0)
      *clean_padding = FALSE;
  return g_bytes_new (bytes, length);
}

static int
hex_digit (guint8 c)
{
  return g_ascii_isxdigit (c) ? g_ascii_xdigit_value (c) : -1;
}

/* The bytes between the two ranges are '<', an even number of hex digits of one case that begin with
 * @contents and go on with zeros, '>'. */
static gboolean
gap_is_contents (const SohoaPdfFile *file, const guint64 range[4], GBytes *contents)
{
  guint64 from = range[0] + range[1], to = range[2];
  gsize n, size;
  const guint8 *der = g_bytes_get_data (contents, &n), *bytes = g_bytes_get_data (file->bytes, &size);
  gboolean upper = FALSE, lower = FALSE;

  if (to <= from + 2 || to > size || (to - from) % 2 != 0 || bytes[from] != '<' || bytes[to - 1] != '>'
      || n > (to - from - 2) / 2)
    return FALSE;
  for (guint64 i = from + 1; i + 1 < to; i++) {
    upper = upper || g_ascii_isupper (bytes[i]);
    lower = lower || g_ascii_islower (bytes[i]);
  }
  if (upper && lower)
    return FALSE;
  for (guint64 i = 0; i < (to - from - 2) / 2; i++) {
    int high = hex_digit (bytes[from + 1 + 2 * i]), low = hex_digit (bytes[from + 2 + 2 * i]);

    if (high < 0 || low < 0 || (i < n && (high << 4 | low) != der[i]) || (i >= n && (high | low) != 0))
      return FALSE;
  }
  return TRUE;
}

static gboolean
take_byte_range (SohoaPdfFile *file, qpdf_oh array, guint64 range[4])
{
  if (!qpdf_oh_is_array (file->qpdf, array) || qpdf_oh_get_array_n_items (file->qpdf, array) != 4)
    return FALSE;
  for (int i = 0; i < 4; i++) {
    qpdf_oh item = qpdf_oh_get_array_item (file->qpdf, array, i);
    long long value = qpdf_oh_is_integer (file->qpdf, item) ? qpdf_oh_get_int_value (file->qpdf, item) : -1;

    if (value < 0 || (guint64) value > g_bytes_get_size (file->bytes))
      return FALSE;
    range[i] = value;
  }
  return range[0] == 0 && range[0] + range[1] <= range[2] && range[2] + range[3] <= g_bytes_get_size (file->bytes);
}

/* /Reference [<< /TransformMethod /DocMDP /TransformParams << /P n >> >>]; P defaults to 2. */
static guint
take_docmdp (SohoaPdfFile *file, qpdf_oh signature)
{
  qpdf_data q = file->qpdf;
  qpdf_oh list = qpdf_oh_get_key (q, signature, "/Reference");
  int n = qpdf_oh_is_array (q, list) ? qpdf_oh_get_array_n_items (q, list) : 0;

  for (int i = 0; i < n && i < 16; i++) {
    qpdf_oh reference = qpdf_oh_get_array_item (q, list, i);
    qpdf_oh method = qpdf_oh_get_key_if_dict (q, reference, "/TransformMethod");
    qpdf_oh p;

    if (!qpdf_oh_is_name (q, method) || !g_str_equal (qpdf_oh_get_name (q, method), "/DocMDP"))
      continue;
    p = qpdf_oh_get_key_if_dict (q, qpdf_oh_get_key (q, reference, "/TransformParams"), "/P");
    return qpdf_oh_is_integer (q, p) ? CLAMP (qpdf_oh_get_int_value_as_int (q, p), 1, 3) : 2;
  }
  return 0;
}

static void
read_lock (SohoaPdfFile *file, qpdf_oh lock, SohoaPdfSignature *s)
{
  const char *action = sohoa_pdf_file_name (file, sohoa_pdf_file_get (file, lock, "/Action"));
  qpdf_oh fields = sohoa_pdf_file_get (file, lock, "/Fields");
  g_autoptr(GPtrArray) names = g_ptr_array_new ();
  int n = qpdf_oh_is_array (file->qpdf, fields) ? qpdf_oh_get_array_n_items (file->qpdf, fields) : 0;

  if (*action == '\0' || s->lock != SOHOA_PDF_LOCK_NONE)
    return;
  s->lock = g_str_equal (action, "Include") ? SOHOA_PDF_LOCK_INCLUDE
            : g_str_equal (action, "Exclude") ? SOHOA_PDF_LOCK_EXCLUDE : SOHOA_PDF_LOCK_ALL;
  for (int i = 0; i < n && i < MAX_LOCKED; i++) {
    char *name = sohoa_pdf_file_text (file, qpdf_oh_get_array_item (file->qpdf, fields, i));

    if (name != NULL)
      g_ptr_array_add (names, name);
  }
  g_ptr_array_add (names, NULL);
  s->lock_fields = (char **) g_ptr_array_free (g_steal_pointer (&names), FALSE);
}

static void
take_lock (SohoaPdfFile *file, qpdf_oh field, qpdf_oh signature, SohoaPdfSignature *s)
{
  qpdf_data q = file->qpdf;
  qpdf_oh list = sohoa_pdf_file_get (file, signature, "/Reference");
  int n = qpdf_oh_is_array (q, list) ? qpdf_oh_get_array_n_items (q, list) : 0;

  read_lock (file, sohoa_pdf_file_get (file, field, "/Lock"), s);
  for (int i = 0; i < n && i < 16; i++) {
    qpdf_oh reference = qpdf_oh_get_array_item (q, list, i);

    if (sohoa_pdf_file_is_name (file, sohoa_pdf_file_get (file, reference, "/TransformMethod"), "FieldMDP"))
      read_lock (file, sohoa_pdf_file_get (file, reference, "/TransformParams"), s);
  }
}

static const char *
fault_of (gboolean ranged, GBytes *contents, gboolean clean_padding, gboolean gap)
{
  if (!ranged)
    return "its ByteRange is not two ranges of this file that begin with its first byte";
  if (contents == NULL)
    return "it has no Contents";
  if (!clean_padding)
    return "its Contents are not one DER value followed by zeros";
  return gap ? "" : "its ByteRange leaves out something else than its Contents";
}

static gboolean
on_field (SohoaPdfFile *file, qpdf_oh field, const char *type, const char *name, gpointer data)
{
  GPtrArray *list = data;
  qpdf_data q = file->qpdf;
  qpdf_oh value = qpdf_oh_get_key (q, field, "/V");
  SohoaPdfSignature *s;
  qpdf_oh subfilter;
  gboolean clean_padding, ranged;

  if (!g_str_equal (type, "/Sig") || !qpdf_oh_is_dictionary (q, value))
    return TRUE;
  s = g_new0 (SohoaPdfSignature, 1);
  s->field = g_strdup (name);
  subfilter = qpdf_oh_get_key (q, value, "/SubFilter");
  s->subfilter = g_strdup (qpdf_oh_is_name (q, subfilter) ? qpdf_oh_get_name (q, subfilter) + 1 : "");
  s->name = sohoa_pdf_file_text (file, qpdf_oh_get_key (q, value, "/Name"));
  s->reason = sohoa_pdf_file_text (file, qpdf_oh_get_key (q, value, "/Reason"));
  s->location = sohoa_pdf_file_text (file, qpdf_oh_get_key (q, value, "/Location"));
  s->m = sohoa_pdf_file_text (file, qpdf_oh_get_key (q, value, "/M"));
  s->docmdp = take_docmdp (file, value);
  s->contents = take_contents (file, qpdf_oh_get_key (q, value, "/Contents"), &clean_padding);
  take_lock (file, field, value, s);
  ranged = take_byte_range (file, qpdf_oh_get_key (q, value, "/ByteRange"), s->byte_range);
  s->fault = fault_of (ranged, s->contents, clean_padding,
                       ranged && s->contents != NULL && gap_is_contents (file, s->byte_range, s->contents));
  s->well_formed = *s->fault == '\0';
  s->covers_whole = s->well_formed && s->byte_range[2] + s->byte_range[3] == g_bytes_get_size (file->bytes);
  g_ptr_array_add (list, s);
  return list->len < MAX_SIGNATURES;
}

static int
by_range (gconstpointer a, gconstpointer b)
{
  const SohoaPdfSignature *x = *(SohoaPdfSignature *const *) a, *y = *(SohoaPdfSignature *const *) b;
  guint64 ends[2] = { x->byte_range[2] + x->byte_range[3], y->byte_range[2] + y->byte_range[3] };

  return ends[0] < ends[1] ? -1 : ends[0] > ends[1];
}

GPtrArray *
sohoa_pdf_signatures (int fd, gboolean *changed_after_out, GError **error)
{
  g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify) sohoa_pdf_signature_free);
  g_auto(SohoaPdfFile) file = { 0 };

  if (changed_after_out != NULL)
    *changed_after_out = FALSE;
  if (!sohoa_pdf_file_open (&file, fd, error))
    return NULL;
  sohoa_pdf_fields_visit (&file, on_field, list);
  g_ptr_array_sort (list, by_range);
  if (changed_after_out != NULL && list->len > 0)
    *changed_after_out = !((SohoaPdfSignature *) g_ptr_array_index (list, list->len - 1))->covers_whole;
  return g_steal_pointer (&list);
}
