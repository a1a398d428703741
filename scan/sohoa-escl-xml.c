#include "sohoa-escl-xml.h"

#include "sohoa-errors.h"

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DEPTH 32u
#define MAX_NODES 20000u
#define MAX_DPI 9600u

G_DEFINE_AUTOPTR_CLEANUP_FUNC (xmlDoc, xmlFreeDoc)

/* No network, no entities, bounded: a scanner is foreign too. */
static xmlDoc *
parse (const char *xml, gsize length)
{
  if (length == 0 || length > SOHOA_ESCL_MAX_XML_BYTES || g_strstr_len (xml, (gssize) length, "<!DOCTYPE") != NULL)
    return NULL;
  return xmlReadMemory (xml, (int) length, "scanner.xml", NULL, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
}

static gboolean
is_named (const xmlNode *node, const char *name)
{
  return node->type == XML_ELEMENT_NODE && strcmp ((const char *) node->name, name) == 0;
}

/* The first element of that name below @node, in any namespace (vendors differ). */
static xmlNode *
find_below (const xmlNode *node, const char *name, guint depth)
{
  for (xmlNode *child = node != NULL && depth < MAX_DEPTH ? node->children : NULL; child != NULL; child = child->next) {
    xmlNode *found;

    if (is_named (child, name))
      return child;
    found = child->type == XML_ELEMENT_NODE ? find_below (child, name, depth + 1) : NULL;
    if (found != NULL)
      return found;
  }
  return NULL;
}

static char *
text_of (const xmlNode *node)
{
  xmlChar *raw = node != NULL ? xmlNodeGetContent (node) : NULL;
  char *text = raw != NULL ? g_strstrip (g_utf8_make_valid ((const char *) raw, -1)) : NULL;

  xmlFree (raw);
  return text;
}

static guint
number_below (const xmlNode *node, const char *name, guint fallback)
{
  g_autofree char *text = text_of (find_below (node, name, 0));
  guint64 value;

  return text != NULL && g_ascii_string_to_unsigned (text, 10, 0, G_MAXINT, &value, NULL) ? (guint) value : fallback;
}

static int
compare_dpi (const void *a, const void *b)
{
  guint x = *(const guint *) a, y = *(const guint *) b;

  return x < y ? -1 : x > y;
}

/* Everything below @node that is one of the words of a source. */
static void
collect (const xmlNode *node, SohoaEsclSource *out, guint depth)
{
  for (const xmlNode *child = depth < MAX_DEPTH ? node->children : NULL; child != NULL; child = child->next) {
    if (child->type != XML_ELEMENT_NODE)
      continue;
    if (is_named (child, "ColorMode")) {
      g_autofree char *mode = text_of (child);

      out->color |= g_str_equal (mode, "RGB24");
      out->gray |= g_str_equal (mode, "Grayscale8");
      out->lineart |= g_str_equal (mode, "BlackAndWhite1");
    } else if (is_named (child, "DocumentFormat") || is_named (child, "DocumentFormatExt")) {
      g_autofree char *format = text_of (child);

      out->jpeg |= g_str_equal (format, "image/jpeg");
    } else if (is_named (child, "DiscreteResolution")) {
      guint x = number_below (child, "XResolution", 0), y = number_below (child, "YResolution", 0);

      if (x == y && x > 0 && x <= MAX_DPI && out->n_resolutions < SOHOA_ESCL_MAX_RESOLUTIONS)
        out->resolutions[out->n_resolutions++] = x;
    } else if (is_named (child, "XResolutionRange")) {
      out->min_dpi = number_below (child, "Min", 0);
      out->max_dpi = MIN (number_below (child, "Max", 0), MAX_DPI);
      out->step_dpi = MAX (number_below (child, "Step", 1), 1);
    } else {
      collect (child, out, depth + 1);
    }
  }
}

static void
read_source (const xmlNode *node, SohoaEsclSource *out)
{
  if (node == NULL)
    return;
  out->present = TRUE;
  out->min_width = number_below (node, "MinWidth", 0);
  out->max_width = number_below (node, "MaxWidth", 0);
  out->min_height = number_below (node, "MinHeight", 0);
  out->max_height = number_below (node, "MaxHeight", 0);
  collect (node, out, 0);
  qsort (out->resolutions, out->n_resolutions, sizeof out->resolutions[0], compare_dpi);
}

void
sohoa_escl_caps_clear (SohoaEsclCaps *self)
{
  g_clear_pointer (&self->version, g_free);
  g_clear_pointer (&self->model, g_free);
}

gboolean
sohoa_escl_caps_parse (const char *xml, gsize length, SohoaEsclCaps *out, GError **error)
{
  g_autoptr(xmlDoc) doc = parse (xml, length);
  const xmlNode *root = doc != NULL ? xmlDocGetRootElement (doc) : NULL;
  const xmlNode *adf, *brightness;

  memset (out, 0, sizeof *out);
  if (root == NULL || !is_named (root, "ScannerCapabilities")) {
    g_set_error (error, SOHOA_SCAN_ERROR, SOHOA_SCAN_ERROR_NO_DEVICE, "this address does not speak eSCL: check it");
    return FALSE;
  }
  out->version = text_of (find_below (root, "Version", 0));
  out->model = text_of (find_below (root, "MakeAndModel", 0));
  read_source (find_below (root, "PlatenInputCaps", 0), &out->platen);
  adf = find_below (root, "Adf", 0);
  read_source (find_below (adf, "AdfSimplexInputCaps", 0), &out->adf);
  read_source (find_below (adf, "AdfDuplexInputCaps", 0), &out->adf_duplex);
  brightness = find_below (root, "BrightnessSupport", 0);
  out->brightness_min = (int) number_below (brightness, "Min", 0);
  out->brightness_max = (int) number_below (brightness, "Max", 0);
  out->brightness_normal = (int) number_below (brightness, "Normal", 0);
  if (out->platen.present || out->adf.present || out->adf_duplex.present)
    return TRUE;
  sohoa_escl_caps_clear (out);
  g_set_error (error, SOHOA_SCAN_ERROR, SOHOA_SCAN_ERROR_UNSUPPORTED, "the scanner names no paper source: update its firmware");
  return FALSE;
}

void
sohoa_escl_status_clear (SohoaEsclStatus *self)
{
  g_clear_pointer (&self->state, g_free);
  g_clear_pointer (&self->adf_state, g_free);
}

gboolean
sohoa_escl_status_parse (const char *xml, gsize length, SohoaEsclStatus *out)
{
  g_autoptr(xmlDoc) doc = parse (xml, length);
  const xmlNode *root = doc != NULL ? xmlDocGetRootElement (doc) : NULL;

  memset (out, 0, sizeof *out);
  if (root == NULL || !is_named (root, "ScannerStatus"))
    return FALSE;
  out->state = text_of (find_below (root, "State", 0));
  out->adf_state = text_of (find_below (root, "AdfState", 0));
  return TRUE;
}

char *
sohoa_escl_ticket_write (const SohoaEsclTicket *t)
{
  GString *out = g_string_new ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                               "<scan:ScanSettings xmlns:scan=\"http://schemas.hp.com/imaging/escl/2011/05/03\" "
                               "xmlns:pwg=\"http://www.pwg.org/schemas/2010/12/sm\">");
  g_autofree char *version = g_markup_escape_text (t->version, -1);

  g_string_append_printf (out, "<pwg:Version>%s</pwg:Version>", version);
  g_string_append_printf (out, "<pwg:ScanRegions><pwg:ScanRegion>"
                               "<pwg:ContentRegionUnits>escl:ThreeHundredthsOfInches</pwg:ContentRegionUnits>"
                               "<pwg:XOffset>0</pwg:XOffset><pwg:YOffset>0</pwg:YOffset><pwg:Width>%u</pwg:Width>"
                               "<pwg:Height>%u</pwg:Height></pwg:ScanRegion></pwg:ScanRegions>", t->width, t->height);
  g_string_append_printf (out, "<pwg:InputSource>%s</pwg:InputSource><scan:ColorMode>%s</scan:ColorMode>"
                               "<pwg:DocumentFormat>image/jpeg</pwg:DocumentFormat>"
                               "<scan:DocumentFormatExt>image/jpeg</scan:DocumentFormatExt>"
                               "<scan:XResolution>%u</scan:XResolution><scan:YResolution>%u</scan:YResolution>",
                          t->feeder ? "Feeder" : "Platen", t->mode, t->dpi, t->dpi);
  if (t->feeder)
    g_string_append_printf (out, "<scan:Duplex>%s</scan:Duplex>", t->duplex ? "true" : "false");
  if (t->has_brightness)
    g_string_append_printf (out, "<scan:Brightness>%d</scan:Brightness>", t->brightness);
  if (t->extra != NULL) {
    GHashTableIter iter;
    gpointer name, value;

    g_hash_table_iter_init (&iter, t->extra);
    while (g_hash_table_iter_next (&iter, &name, &value)) {
      g_autofree char *escaped = g_markup_escape_text (value, -1);

      g_string_append_printf (out, "<scan:%s>%s</scan:%s>", (char *) name, escaped, (char *) name);
    }
  }
  g_string_append (out, "</scan:ScanSettings>\n");
  return g_string_free (out, FALSE);
}
