/* The document security store: /DSS << /Certs [] /OCSPs [] /CRLs [] /VRI << >> >> in the catalog. */
#include "sohoa-pdf-update.h"

#include "sohoa-errors.h"
#include "sohoa-pdf-fields.h"

#include <string.h>

#define STAMP_NAME "SohoaTimestamp"
#define STAMP_HEAD "<< /Type /DocTimeStamp /Filter /Adobe.PPKLite /SubFilter /ETSI.RFC3161"
#define MAX_STORED 1024u /* entries of a store that are looked at */
#define MAX_STORED_BYTES (16u * 1024 * 1024)

static const char *const kinds[] = { "/Certs", "/OCSPs", "/CRLs" };
static const char *const vri_kinds[] = { "/Cert", "/OCSP", "/CRL" };

/* ---- reading ---- */

static void
read_kind (SohoaPdfFile *file, qpdf_oh dss, guint kind, guint max_items, gsize max_bytes, GPtrArray *into)
{
  qpdf_data q = file->qpdf;
  qpdf_oh list = qpdf_oh_get_key (q, dss, kinds[kind]);
  int n = qpdf_oh_is_array (q, list) ? qpdf_oh_get_array_n_items (q, list) : 0;

  for (int i = 0; i < n && into->len < max_items; i++) {
    qpdf_oh item = qpdf_oh_get_array_item (q, list, i);
    GBytes *der = qpdf_oh_is_stream (q, item) ? sohoa_pdf_file_stream (file, item, TRUE) : NULL;

    if (der != NULL && g_bytes_get_size (der) > 0 && g_bytes_get_size (der) <= max_bytes)
      g_ptr_array_add (into, der);
    else if (der != NULL)
      g_bytes_unref (der);
  }
}

gboolean
sohoa_pdf_read_evidence (int fd, guint max_items, gsize max_bytes, GPtrArray *certs, GPtrArray *ocsps, GPtrArray *crls,
                         GError **error)
{
  g_auto(SohoaPdfFile) file = { 0 };
  GPtrArray *into[] = { certs, ocsps, crls };
  qpdf_oh dss;

  if (!sohoa_pdf_file_open (&file, fd, error))
    return FALSE;
  dss = qpdf_oh_get_key (file.qpdf, qpdf_get_root (file.qpdf), "/DSS");
  if (!qpdf_oh_is_dictionary (file.qpdf, dss))
    return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (into); i++)
    read_kind (&file, dss, i, max_items, max_bytes, into[i]);
  return TRUE;
}

/* ---- writing ---- */

/* One kind: what is there and what comes, as references. */
typedef struct {
  GString   *refs; /* (owned) "5 0 R 7 0 R" */
  GPtrArray *have; /* (owned) (element-type GBytes) */
} Kind;

static void
kind_clear (Kind *kind)
{
  g_string_free (kind->refs, TRUE);
  g_ptr_array_unref (kind->have);
}

static void
take_stored (SohoaPdfUpdate *u, qpdf_oh dss, guint index, Kind *kind)
{
  qpdf_data q = u->file.qpdf;
  qpdf_oh list = qpdf_oh_is_dictionary (q, dss) ? qpdf_oh_get_key (q, dss, kinds[index]) : qpdf_oh_new_null (q);
  int n = qpdf_oh_is_array (q, list) ? qpdf_oh_get_array_n_items (q, list) : 0;

  kind->refs = g_string_new (NULL);
  kind->have = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  for (int i = 0; i < n && i < (int) MAX_STORED; i++) {
    qpdf_oh item = qpdf_oh_get_array_item (q, list, i);
    GBytes *der = qpdf_oh_is_stream (q, item) ? sohoa_pdf_file_stream (&u->file, item, TRUE) : NULL;

    if (der == NULL)
      continue;
    g_string_append_printf (kind->refs, "%d %d R ", qpdf_oh_get_object_id (q, item), qpdf_oh_get_generation (q, item));
    if (g_bytes_get_size (der) <= MAX_STORED_BYTES)
      g_ptr_array_add (kind->have, der);
    else
      g_bytes_unref (der);
  }
}

static void
add_new (SohoaPdfUpdate *u, const GPtrArray *items, Kind *kind)
{
  for (guint i = 0; items != NULL && i < items->len; i++) {
    GBytes *der = items->pdata[i];
    int id;

    if (g_ptr_array_find_with_equal_func (kind->have, der, g_bytes_equal, NULL))
      continue;
    g_ptr_array_add (kind->have, g_bytes_ref (der));
    id = qpdf_oh_get_object_id (u->file.qpdf, qpdf_make_indirect_object (u->file.qpdf, qpdf_oh_new_dictionary (u->file.qpdf)));
    sohoa_pdf_update_begin (u, id);
    g_string_append_printf (u->out, "<< /Length %" G_GSIZE_FORMAT " >>\nstream\n", g_bytes_get_size (der));
    g_string_append_len (u->out, g_bytes_get_data (der, NULL), (gssize) g_bytes_get_size (der));
    g_string_append (u->out, "\nendstream\nendobj\n");
    g_string_append_printf (kind->refs, "%d 0 R ", id);
  }
}

/* The key of a signature's entry: SHA-1 of /Contents with its padding, in capital hex (EN 319 142-1, 5.4.2.2). */
static gboolean
on_signature (SohoaPdfFile *file, qpdf_oh field, const char *type, const char *name, gpointer data)
{
  qpdf_data q = file->qpdf;
  qpdf_oh value = qpdf_oh_get_key (q, field, "/V"), contents;
  size_t size = 0;
  const char *bytes;

  (void) name;
  if (!g_str_equal (type, "/Sig") || !qpdf_oh_is_dictionary (q, value))
    return TRUE;
  contents = qpdf_oh_get_key (q, value, "/Contents");
  if (!qpdf_oh_is_string (q, contents))
    return TRUE;
  bytes = qpdf_oh_get_binary_string_value (q, contents, &size);
  g_ptr_array_add (data, g_compute_checksum_for_data (G_CHECKSUM_SHA1, (const guchar *) bytes, size));
  return ((GPtrArray *) data)->len < MAX_STORED;
}

static void
append_vri (SohoaPdfUpdate *u, qpdf_oh dss, const Kind *all, GString *body)
{
  qpdf_data q = u->file.qpdf;
  qpdf_oh old = qpdf_oh_is_dictionary (q, dss) ? qpdf_oh_get_key (q, dss, "/VRI") : qpdf_oh_new_null (q);
  g_autoptr(GPtrArray) keys = g_ptr_array_new_with_free_func (g_free);

  sohoa_pdf_fields_visit (&u->file, on_signature, keys);
  g_string_append (body, "/VRI << ");
  if (qpdf_oh_is_dictionary (q, old)) {
    qpdf_oh_begin_dict_key_iter (q, old);
    while (qpdf_oh_dict_more_keys (q)) {
      g_autofree char *key = g_strdup (qpdf_oh_dict_next_key (q));

      g_string_append_printf (body, "%s %s ", key, qpdf_oh_unparse (q, qpdf_oh_get_key (q, old, key)));
    }
  }
  for (guint i = 0; i < keys->len; i++) {
    g_autofree char *capital = g_ascii_strup (keys->pdata[i], -1);
    g_autofree char *key = g_strconcat ("/", capital, NULL);

    if (qpdf_oh_is_dictionary (q, old) && qpdf_oh_has_key (q, old, key))
      continue;
    g_string_append_printf (body, "%s << ", key);
    for (guint k = 0; k < G_N_ELEMENTS (vri_kinds); k++)
      if (all[k].refs->len > 0)
        g_string_append_printf (body, "%s [%s] ", vri_kinds[k], all[k].refs->str);
    g_string_append (body, ">> ");
  }
  g_string_append (body, ">> ");
}

static void
write_store (SohoaPdfUpdate *u, const SohoaPdfEvidence *e)
{
  const GPtrArray *given[] = { e->certs, e->ocsps, e->crls };
  qpdf_data q = u->file.qpdf;
  qpdf_oh old = qpdf_oh_get_key (q, u->root, "/DSS"), store;
  g_autoptr(GString) body = g_string_new ("<< /Type /DSS ");
  Kind all[G_N_ELEMENTS (kinds)];

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++) {
    take_stored (u, old, i, &all[i]);
    add_new (u, given[i], &all[i]);
    if (all[i].refs->len > 0)
      g_string_append_printf (body, "%s [%s] ", kinds[i], all[i].refs->str);
  }
  append_vri (u, old, all, body);
  g_string_append (body, ">>");
  store = qpdf_make_indirect_object (q, qpdf_oh_new_dictionary (q));
  sohoa_pdf_update_object (u, qpdf_oh_get_object_id (q, store), 0, body->str);
  qpdf_oh_replace_key (q, u->root, "/DSS", store);
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    kind_clear (&all[i]);
}

static gboolean
is_empty (const GPtrArray *items)
{
  return items == NULL || items->len == 0;
}

gboolean
sohoa_pdf_append_evidence (int in_fd, int out_fd, const SohoaPdfEvidence *evidence,
                           SohoaPdfPlaceholder *placeholder_out, guint64 *size_out, GError **error)
{
  g_auto(SohoaPdfUpdate) u = { 0 };
  gboolean store = !is_empty (evidence->certs) || !is_empty (evidence->ocsps) || !is_empty (evidence->crls);

  memset (placeholder_out, 0, sizeof *placeholder_out);
  if (!store && !evidence->timestamp) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "evidence: there is nothing to add");
    return FALSE;
  }
  if (!sohoa_pdf_update_open (&u, in_fd, evidence->time_us, error))
    return FALSE;
  if (store)
    write_store (&u, evidence);
  /* the field may change the catalog too: it is written when both have */
  if (evidence->timestamp
      && !sohoa_pdf_update_field (&u, STAMP_NAME, STAMP_HEAD, SOHOA_PDF_STAMP_ROOM_BYTES, placeholder_out, error))
    return FALSE;
  if (store)
    sohoa_pdf_update_changed (&u, u.root);
  return sohoa_pdf_update_finish (&u, out_fd, size_out, error);
}
