#include "sohoa-pdf-frame.h"

#include "sohoa-pdf-xmp.h"

#include <string.h>

/* Roles of lib/sohoa-record.h in the clerk's words; the label's prefix keeps page numbers of annexes apart. */
static const struct { const char *role, *title, *prefix; } roles[] = {
  { "main", "Văn bản chính", "" },
  { "annex", "Phụ lục", "PL" },
  { "envelope", "Phong bì", "PB" },
  { "direction", "Phiếu xử lý, bút phê", "BP" },
  { "enclosure", "Tài liệu kèm theo", "KT" },
};

static guint
role_of (const SohoaPart *part)
{
  for (guint i = 0; i < G_N_ELEMENTS (roles); i++)
    if (g_strcmp0 (part->role, roles[i].role) == 0)
      return i;
  return 0;
}

/* The n-th of its role, and how many there are. */
static guint
number_of (const GPtrArray *parts, guint index, guint *total_out)
{
  guint role = role_of (g_ptr_array_index (parts, index)), number = 0;

  *total_out = 0;
  for (guint i = 0; i < parts->len; i++)
    if (role_of (g_ptr_array_index (parts, i)) == role) {
      (*total_out)++;
      number += i <= index;
    }
  return number;
}

static char *
title_of (const GPtrArray *parts, guint index)
{
  guint total, number = number_of (parts, index, &total);
  const char *title = roles[role_of (g_ptr_array_index (parts, index))].title;

  return total > 1 ? g_strdup_printf ("%s %u", title, number) : g_strdup (title);
}

/* @pages: of this file, whose first page is page @first (from 0) of the document. */
static gboolean
is_on_paper (const SohoaPart *part, guint first, const GArray *pages)
{
  return part->first_page > first && part->first_page - first <= pages->len;
}

/* Root and items refer to each other, so their numbers are counted on from @last. */
static void
add_outlines (SohoaPdfAdd add, gpointer sink, const SohoaPdfJob *job, const GArray *pages, guint last, GString *catalog)
{
  const GPtrArray *parts = job->record->parts;
  guint root = last + 1, n = 0, at = root + 1;
  g_autofree char *inner = NULL;

  for (guint i = 0; i < parts->len; i++)
    n += is_on_paper (g_ptr_array_index (parts, i), job->first_page, pages);
  inner = g_strdup_printf ("/Type /Outlines /First %u 0 R /Last %u 0 R /Count %u", root + 1, root + n, n);
  if (n < 2 || add (sink, inner, NULL) != root)
    return;
  for (guint i = 0; i < parts->len; i++) {
    const SohoaPart *part = g_ptr_array_index (parts, i);
    g_autofree char *plain = title_of (parts, i), *title = sohoa_pdf_text_string (plain);
    g_autoptr(GString) item = g_string_new (NULL);

    if (!is_on_paper (part, job->first_page, pages))
      continue;
    g_string_printf (item, "/Title %s /Parent %u 0 R /Dest [%u 0 R /Fit]", title, root,
                     g_array_index (pages, guint, part->first_page - 1 - job->first_page));
    if (at > root + 1)
      g_string_append_printf (item, " /Prev %u 0 R", at - 1);
    if (at < root + n)
      g_string_append_printf (item, " /Next %u 0 R", at + 1);
    at = add (sink, item->str, NULL) + 1;
  }
  g_string_append_printf (catalog, " /Outlines %u 0 R", root);
}

/* Pages from @index on are numbered from @start in the way of part @of; -1 = of no part. */
static void
append_label (GString *labels, const GPtrArray *parts, int of, guint index, guint start)
{
  const char *prefix = of >= 0 ? roles[role_of (g_ptr_array_index (parts, (guint) of))].prefix : "";
  guint total;

  g_string_append_printf (labels, "%u << /S /D ", index);
  if (*prefix != '\0')
    g_string_append_printf (labels, "/P (%s%u-) ", prefix, number_of (parts, (guint) of, &total));
  if (start > 1)
    g_string_append_printf (labels, "/St %u ", start);
  g_string_append (labels, ">> ");
}

/* A number tree ascends and begins with page 0 (ISO 32000-1, 12.4.2). A later file of the same document goes on counting
 * where the one before it ended. */
static guint
add_labels (SohoaPdfAdd add, gpointer sink, const SohoaPdfJob *job, const GArray *pages)
{
  const GPtrArray *parts = job->record->parts;
  g_autoptr(GString) labels = g_string_new ("/Nums [");
  guint labelled = 0, begins = 1, first = job->first_page;
  gboolean opened = FALSE;
  int running = -1;

  for (guint i = 0; i <= parts->len; i++) {
    const SohoaPart *part = i < parts->len ? g_ptr_array_index (parts, i) : NULL;

    if (part != NULL && (part->first_page <= labelled || part->first_page > first + pages->len))
      continue;
    labelled = part != NULL ? part->first_page : labelled;
    if (part != NULL && part->first_page <= first + 1) { /* it runs when this file begins */
      running = (int) i;
      begins = part->first_page;
      continue;
    }
    if (!opened)
      append_label (labels, parts, running, 0, first + 2 - begins);
    opened = TRUE;
    if (part != NULL)
      append_label (labels, parts, (int) i, part->first_page - 1 - first, 1);
  }
  g_string_append_c (labels, ']');
  return add (sink, labels->str, NULL);
}

void
sohoa_pdf_frame_parts (SohoaPdfAdd add, gpointer sink, const SohoaPdfJob *job, const GArray *pages, GString *catalog)
{
  guint labels = add_labels (add, sink, job, pages);

  g_string_append_printf (catalog, " /PageLabels %u 0 R", labels);
  if (job->record->parts->len > 1)
    add_outlines (add, sink, job, pages, labels, catalog);
}

/* A name of PDF: what is not a plain letter becomes #xx. */
static char *
mime_name (const char *mime)
{
  GString *s = g_string_new ("/");

  for (const char *p = mime; *p != '\0'; p++)
    if (g_ascii_isalnum (*p) || strchr ("-.+", *p) != NULL)
      g_string_append_c (s, *p);
    else
      g_string_append_printf (s, "#%02X", (guint8) *p);
  return g_string_free (s, FALSE);
}

static guint
add_attachment (SohoaPdfAdd add, gpointer sink, const SohoaPdfJob *job, const SohoaPdfAttachment *a)
{
  g_autofree char *mime = mime_name (a->mime), *date = sohoa_pdf_date_string (job->time_us);
  g_autofree char *name = sohoa_pdf_text_string (a->name), *description = sohoa_pdf_text_string (a->description);
  g_autofree char *inner
    = g_strdup_printf ("/Type /EmbeddedFile /Subtype %s /Params << /ModDate %s /Size %" G_GSIZE_FORMAT " >>", mime, date,
                       g_bytes_get_size (a->bytes));
  guint file = sohoa_pdf_add_flate (add, sink, inner, g_bytes_get_data (a->bytes, NULL), g_bytes_get_size (a->bytes));
  g_autofree char *spec
    = g_strdup_printf ("/Type /Filespec /F %s /UF %s /Desc %s /AFRelationship /%s /EF << /F %u 0 R /UF %u 0 R >>", name, name,
                       description, a->relationship, file, file);

  return add (sink, spec, NULL);
}

static int
by_name (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(SohoaPdfAttachment *const *) a)->name, (*(SohoaPdfAttachment *const *) b)->name);
}

void
sohoa_pdf_frame_attachments (SohoaPdfAdd add, gpointer sink, const SohoaPdfJob *job, GString *catalog)
{
  g_autoptr(GString) names = g_string_new (NULL);
  g_autoptr(GString) af = g_string_new (NULL);

  if (job->attachments == NULL || job->attachments->len == 0)
    return;
  g_ptr_array_sort (job->attachments, by_name); /* a name tree ascends */
  for (guint i = 0; i < job->attachments->len; i++) {
    const SohoaPdfAttachment *a = g_ptr_array_index (job->attachments, i);
    g_autofree char *name = sohoa_pdf_text_string (a->name);
    guint id = add_attachment (add, sink, job, a);

    g_string_append_printf (names, "%s %u 0 R ", name, id);
    g_string_append_printf (af, "%u 0 R ", id);
  }
  g_string_append_printf (catalog, " /AF [%s] /Names << /EmbeddedFiles << /Names [%s] >> >>", af->str, names->str);
}

void
sohoa_pdf_attachment_free (SohoaPdfAttachment *self)
{
  if (self == NULL)
    return;
  g_free (self->name);
  g_free (self->mime);
  g_free (self->relationship);
  g_free (self->description);
  g_bytes_unref (self->bytes);
  g_free (self);
}

SohoaPdfAttachment *
sohoa_pdf_attachment_new (const char *name, const char *mime, const char *relationship, const char *description, GBytes *bytes)
{
  SohoaPdfAttachment *self = g_new0 (SohoaPdfAttachment, 1);

  self->name = g_strdup (name);
  self->mime = g_strdup (mime);
  self->relationship = g_strdup (relationship);
  self->description = g_strdup (description);
  self->bytes = g_bytes_ref (bytes);
  return self;
}
