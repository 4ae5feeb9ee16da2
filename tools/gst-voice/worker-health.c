/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * How the providers of all calls do, for Prometheus and for people. What calls
 * have reported the control process has merged (gst-voice/health.h).
 *
 * Threads: any. Locks: none.
 */
#include "worker-health.h"

#include "record-text.h"

#include <gst-voice/json.h>
#include <math.h>

#define MAX_SIZE (256 * 1024)
#define MAX_DEPTH 5

typedef void (*ProviderFunc) (GString * out, const gchar * key,
    JsonObject * provider);

static gdouble
get_number (JsonObject * object, const gchar * name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node && JSON_NODE_HOLDS_VALUE (node)
      && json_node_get_value_type (node) != G_TYPE_STRING ?
      json_node_get_double (node) : -1;
}

static const gchar *
get_text (JsonObject * object, const gchar * name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node && JSON_NODE_HOLDS_VALUE (node)
      && json_node_get_value_type (node) == G_TYPE_STRING ?
      json_node_get_string (node) : "";
}

/* Returns how many there are. */
static guint
for_each (const gchar * dump, GString * out, ProviderFunc func)
{
  JsonNode *node = gst_voice_json_parse (dump, -1, MAX_SIZE, MAX_DEPTH, NULL);
  JsonObjectIter iter;
  const gchar *key;
  JsonNode *value;
  guint n = 0;

  if (node && JSON_NODE_HOLDS_OBJECT (node)) {
    json_object_iter_init (&iter, json_node_get_object (node));
    while (json_object_iter_next (&iter, &key, &value)) {
      if (!JSON_NODE_HOLDS_OBJECT (value))
        continue;
      func (out, key, json_node_get_object (value));
      n++;
    }
  }
  g_clear_pointer (&node, json_node_unref);
  return n;
}

/* A label's value, as the exposition format has it. */
static void
append_label (GString * out, const gchar * text)
{
  for (; *text; text++) {
    if (*text == '\n')
      g_string_append (out, "\\n");
    else if (*text == '"' || *text == '\\')
      g_string_append_printf (out, "\\%c", *text);
    else
      g_string_append_c (out, *text);
  }
}

static void
append_sample (GString * out, const gchar * name, const gchar * key,
    const gchar * more, gdouble value)
{
  g_string_append_printf (out, "gst_voice_provider_%s{provider=\"", name);
  append_label (out, key);
  g_string_append_printf (out, "\"%s} ", more);
  if (fabs (value) < 1e15 && value == floor (value))
    g_string_append_printf (out, "%.0f", value);
  else
    gst_voice_json_append_number (out, value);
  g_string_append_c (out, '\n');
}

static void
append_cooling (GString * out, const gchar * key, JsonObject * provider)
{
  append_sample (out, "cooling_seconds", key, "",
      MAX (0, get_number (provider, "cooling")) / G_USEC_PER_SEC);
}

static JsonObject *
get_failures (JsonObject * provider)
{
  JsonNode *node = json_object_get_member (provider, "failures");

  return node && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) :
      NULL;
}

static void
append_answers (GString * out, const gchar * key, JsonObject * provider)
{
  JsonObject *failures = get_failures (provider);
  JsonObjectIter iter;
  const gchar *code;

  append_sample (out, "answers_total", key, ",result=\"ok\"",
      MAX (0, get_number (provider, "successes")));
  if (!failures)
    return;
  json_object_iter_init (&iter, failures);
  while (json_object_iter_next (&iter, &code, NULL)) {
    GString *label = g_string_new (",result=\"");

    append_label (label, code);
    g_string_append_c (label, '"');
    append_sample (out, "answers_total", key, label->str,
        MAX (0, get_number (failures, code)));
    g_string_free (label, TRUE);
  }
}

static void
append_latency (GString * out, const gchar * key, JsonObject * provider)
{
  gdouble p50 = get_number (provider, "p50");
  gdouble p95 = get_number (provider, "p95");

  if (p50 < 0 || p95 < 0)
    return;
  append_sample (out, "first_byte_seconds", key, ",quantile=\"0.5\"",
      p50 / G_USEC_PER_SEC);
  append_sample (out, "first_byte_seconds", key, ",quantile=\"0.95\"",
      p95 / G_USEC_PER_SEC);
}

/**
 * worker_health_to_prometheus:
 * @dump: of gst_voice_health_dump ()
 *
 * Returns: (transfer full): it as Prometheus reads it
 */
gchar *
worker_health_to_prometheus (const gchar * dump)
{
  static const struct
  {
    const gchar *name, *help, *type;
    ProviderFunc func;
  } families[] = {
    {"cooling_seconds", "For how long a provider that failed is left alone",
        "gauge", append_cooling},
    {"answers_total", "What came of asking a provider", "counter",
        append_answers},
    {"first_byte_seconds", "How long its answers took to begin, lately",
        "gauge", append_latency},
  };
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (families); i++) {
    g_string_append_printf (out, "# HELP gst_voice_provider_%s %s\n"
        "# TYPE gst_voice_provider_%s %s\n", families[i].name,
        families[i].help, families[i].name, families[i].type);
    for_each (dump, out, families[i].func);
  }
  return g_string_free (out, FALSE);
}

static gdouble
count_failures (JsonObject * provider)
{
  JsonObject *failures = get_failures (provider);
  JsonObjectIter iter;
  const gchar *code;
  gdouble n = 0;

  if (!failures)
    return 0;
  json_object_iter_init (&iter, failures);
  while (json_object_iter_next (&iter, &code, NULL))
    n += MAX (0, get_number (failures, code));
  return n;
}

static void
append_row (GString * out, const gchar * key, JsonObject * provider)
{
  gdouble cooling = get_number (provider, "cooling") / G_USEC_PER_SEC;
  gdouble p50 = get_number (provider, "p50") / 1000;
  gdouble p95 = get_number (provider, "p95") / 1000;
  gchar *name = text_printable (key), *code = text_printable (get_text
      (provider, "code"));
  gchar *state = cooling > 0 ? g_strdup_printf ("left alone for %.0f s: %s",
      cooling, code) : g_strdup (*code ? code : "well");

  g_string_append_printf (out, "  %-32s %8.0f %8.0f ", name,
      get_number (provider, "successes"), count_failures (provider));
  if (p50 >= 0)
    g_string_append_printf (out, "%6.0f %6.0f", p50, p95);
  else
    g_string_append_printf (out, "%6s %6s", "-", "-");
  g_string_append_printf (out, "  %s\n", state);
  g_free (state);
  g_free (code);
  g_free (name);
}

/**
 * worker_health_to_table:
 * @dump: of gst_voice_health_dump ()
 *
 * Returns: (transfer full): it for people
 */
gchar *
worker_health_to_table (const gchar * dump)
{
  GString *out = g_string_new (NULL);

  g_string_append_printf (out, "  %-32s %8s %8s %6s %6s  %s\n", "PROVIDER",
      "ANSWERED", "FAILED", "p50 ms", "p95 ms", "STATE");
  if (for_each (dump, out, append_row) == 0)
    g_string_assign (out, "  no provider has been asked yet\n");
  return g_string_free (out, FALSE);
}
