#include "sohoa-text.h"

#include <string.h>

#define DISTANCE_MAX_CHARS 10000

char *
sohoa_text_nfc (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  g_autofree char *nfc = g_utf8_normalize (valid, -1, G_NORMALIZE_NFC);
  GString *out = g_string_sized_new (strlen (nfc));

  for (const char *p = nfc; *p != '\0'; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);

    if (c == '\n' || c == '\t' || !g_unichar_iscntrl (c))
      g_string_append_unichar (out, c);
  }
  return g_string_free (out, FALSE);
}

char *
sohoa_text_clean_word (const char *text)
{
  g_autofree char *nfc = sohoa_text_nfc (text);
  GString *out = g_string_sized_new (strlen (nfc));

  for (const char *p = nfc; *p != '\0'; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);

    if (!g_unichar_isspace (c))
      g_string_append_unichar (out, c);
  }
  return g_string_free (out, FALSE);
}

char *
sohoa_text_squeeze (const char *text)
{
  g_autofree char *nfc = sohoa_text_nfc (text);
  GString *out = g_string_sized_new (strlen (nfc));
  gboolean gap = FALSE;

  for (const char *p = nfc; *p != '\0'; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);

    if (g_unichar_isspace (c)) {
      gap = out->len > 0;
      continue;
    }
    if (gap)
      g_string_append_c (out, ' ');
    gap = FALSE;
    g_string_append_unichar (out, c);
  }
  return g_string_free (out, FALSE);
}

char *
sohoa_text_fold (const char *text)
{
  g_autofree char *squeezed = sohoa_text_squeeze (text);
  g_autofree char *nfd = g_utf8_normalize (squeezed, -1, G_NORMALIZE_NFD);
  GString *out = g_string_sized_new (strlen (nfd));

  for (const char *p = nfd; *p != '\0'; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);

    if (g_unichar_ismark (c))
      continue;
    if (c == 0x0110 || c == 0x0111 || c == 0x00D0 || c == 0x00F0)
      c = 'd';
    g_string_append_unichar (out, g_unichar_tolower (c));
  }
  return g_string_free (out, FALSE);
}

guint
sohoa_text_count_letters (const char *text)
{
  guint n = 0;

  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    n += g_unichar_isalpha (g_utf8_get_char (p));
  return n;
}

guint
sohoa_text_distance (const char *a, const char *b)
{
  glong n, m;
  g_autofree gunichar *ua = g_utf8_to_ucs4_fast (a, -1, &n);
  g_autofree gunichar *ub = g_utf8_to_ucs4_fast (b, -1, &m);
  g_autofree guint *row = NULL;

  n = MIN (n, DISTANCE_MAX_CHARS);
  m = MIN (m, DISTANCE_MAX_CHARS);
  row = g_new (guint, m + 1);
  for (glong j = 0; j <= m; j++)
    row[j] = j;
  for (glong i = 1; i <= n; i++) {
    guint diagonal = row[0];

    row[0] = i;
    for (glong j = 1; j <= m; j++) {
      guint up = row[j];
      guint change = diagonal + (ua[i - 1] != ub[j - 1]);

      row[j] = MIN (MIN (up, row[j - 1]) + 1, change);
      diagonal = up;
    }
  }
  return row[m];
}
