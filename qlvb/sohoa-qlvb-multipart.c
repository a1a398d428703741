#define _GNU_SOURCE
#include "sohoa-qlvb-multipart.h"

#include <string.h>

#define BOUNDARY_MAX_BYTES 70 /* RFC 2046 */
#define PART_HEAD_MAX_BYTES (8 * 1024)

static void
part_free (gpointer data)
{
  g_free (((SohoaQlvbPart *) data)->name);
  g_free (data);
}

/* name="…" of the Content-Disposition in a part's head; NULL when there is none. */
static char *
find_name (const char *head, gsize length)
{
  g_autofree char *text = g_strndup (head, length);
  const char *at = strcasestr (text, "content-disposition:");
  const char *name = at != NULL ? strstr (at, "; name=\"") : NULL;
  const char *end = name != NULL ? strchr (name + strlen ("; name=\""), '"') : NULL;

  return end != NULL ? g_strndup (name + strlen ("; name=\""), (gsize) (end - name) - strlen ("; name=\"")) : NULL;
}

/* One part from @at; the position after its delimiter, 0 when it is not whole. */
static gsize
read_part (const char *body, gsize length, gsize at, const char *delimiter, GPtrArray *parts)
{
  const char *head_end = memmem (body + at, MIN (length - at, PART_HEAD_MAX_BYTES), "\r\n\r\n", 4);
  const char *data, *end;
  SohoaQlvbPart *part;
  char *name;

  if (head_end == NULL || parts->len >= SOHOA_QLVB_MAX_PARTS)
    return 0;
  data = head_end + 4;
  end = memmem (data, length - (gsize) (data - body), delimiter, strlen (delimiter));
  name = find_name (body + at, (gsize) (head_end - body) - at);
  if (end == NULL || name == NULL) {
    g_free (name);
    return 0;
  }
  part = g_new0 (SohoaQlvbPart, 1);
  part->name = name;
  part->offset = (gsize) (data - body);
  part->length = (gsize) (end - data);
  g_ptr_array_add (parts, part);
  return (gsize) (end - body) + strlen (delimiter);
}

GPtrArray *
sohoa_qlvb_multipart_parse (const char *body, gsize length, const char *boundary)
{
  g_autoptr(GPtrArray) parts = g_ptr_array_new_with_free_func (part_free);
  g_autofree char *delimiter = g_strconcat ("\r\n--", boundary, NULL);
  const char *first = delimiter + 2;
  gsize at;

  if (boundary[0] == '\0' || strlen (boundary) > BOUNDARY_MAX_BYTES || length < strlen (first)
      || memcmp (body, first, strlen (first)) != 0)
    return NULL;
  at = strlen (first);
  for (;;) {
    if (length - at < 2)
      return NULL;
    if (memcmp (body + at, "--", 2) == 0)
      return g_steal_pointer (&parts);
    if (memcmp (body + at, "\r\n", 2) != 0)
      return NULL;
    at = read_part (body, length, at, delimiter, parts);
    if (at == 0)
      return NULL;
  }
}

const SohoaQlvbPart *
sohoa_qlvb_multipart_peek (const GPtrArray *parts, const char *name)
{
  for (guint i = 0; i < parts->len; i++) {
    const SohoaQlvbPart *part = g_ptr_array_index (parts, i);

    if (g_str_equal (part->name, name))
      return part;
  }
  return NULL;
}
