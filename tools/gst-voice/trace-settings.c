/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Where traces go: an option, or the variables that OpenTelemetry has for it.
 * The values of headers are secret and stand in no error.
 *
 * Threads: the main thread, before there are others. Locks: none.
 */
#include "trace-settings.h"

#include <gst-voice/secret.h>
#include <string.h>

#define PATH "/v1/traces"
#define HEADERS "OTEL_EXPORTER_OTLP_HEADERS"

static gboolean
fail (GError ** error, const gchar * what, const gchar * why)
{
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "%s: %s", what,
      why);
  return FALSE;
}

static const gchar *
get_variable (const gchar * name)
{
  const gchar *value = g_getenv (name);

  return value && *value ? value : NULL;
}

/* @base: without the path of the signal */
static gchar *
make_url (const gchar * base)
{
  gsize length = strlen (base);

  if (g_str_has_suffix (base, PATH))
    return g_strdup (base);
  while (length > 0 && base[length - 1] == '/')
    length--;
  return g_strdup_printf ("%.*s" PATH, (gint) length, base);
}

static gboolean
check_url (const gchar * url, const gchar * from, GError ** error)
{
  GUri *uri = g_uri_parse (url, G_URI_FLAGS_PARSE_RELAXED, NULL);
  const gchar *scheme = uri ? g_uri_get_scheme (uri) : "";
  const gchar *host = uri ? g_uri_get_host (uri) : NULL;
  gboolean ok = (strcmp (scheme, "http") == 0 || strcmp (scheme, "https") == 0)
      && host && *host;

  g_clear_pointer (&uri, g_uri_unref);
  return ok || fail (error, from, "a URL of HTTP, such as "
      "http://localhost:4318");
}

static void
free_secret (gpointer data)
{
  gst_voice_secret_free (data);
}

static gboolean
is_header_name (const gchar * name)
{
  return *name && strspn (name, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "-_")
      == strlen (name);
}

/* NAME=VALUE, the value with escapes of URLs, `env:NAME` or `file:PATH`. */
static gboolean
take_header (TraceSettings * settings, gchar * pair, GError ** error)
{
  gchar *equals = strchr (pair, '='), *spec, *value;
  GError *why = NULL;

  if (!equals)
    return fail (error, HEADERS, "write NAME=VALUE,NAME=VALUE");
  *equals = 0;
  g_strstrip (pair);
  if (!is_header_name (pair))
    return fail (error, HEADERS, "a header's name has letters, digits and -");
  spec = g_uri_unescape_string (g_strstrip (equals + 1), NULL);
  value = spec ? gst_voice_secret_resolve (spec, &why) : NULL;
  gst_voice_secret_free (spec);
  if (!value) {
    fail (error, HEADERS, why ? why->message : "a value cannot be read");
    g_clear_error (&why);
    return FALSE;
  }
  g_ptr_array_add (settings->headers, g_strdup (pair));
  g_ptr_array_add (settings->headers, value);
  return TRUE;
}

static gboolean
take_headers (TraceSettings * settings, GError ** error)
{
  const gchar *text = get_variable (HEADERS);
  gchar **pairs = g_strsplit (text ? text : "", ",", -1);
  gboolean ok = TRUE;

  for (gchar ** pair = pairs; ok && *pair; pair++)
    ok = !*g_strstrip (*pair) || take_header (settings, *pair, error);
  for (gchar ** pair = pairs; *pair; pair++)
    gst_voice_secret_free (*pair);
  g_free (pairs);
  return ok;
}

/**
 * trace_settings_complete:
 * @settings: from the command line
 * @error: what is wrong with it, or with the environment
 *
 * Returns: whether it is clear where traces go, or that there are none
 */
gboolean
trace_settings_complete (TraceSettings * settings, GError ** error)
{
  const gchar *whole = get_variable ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
  const gchar *base = get_variable ("OTEL_EXPORTER_OTLP_ENDPOINT");
  const gchar *from = "OTEL_EXPORTER_OTLP_ENDPOINT";

  if (settings->endpoint) {
    settings->url = make_url (settings->endpoint);
    from = "--otlp-endpoint";
  } else if (whole) {
    settings->url = g_strdup (whole);
    from = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
  } else if (base) {
    settings->url = make_url (base);
  }
  settings->headers = g_ptr_array_new_with_free_func (free_secret);
  return !settings->url || (check_url (settings->url, from, error)
      && take_headers (settings, error));
}

/**
 * trace_settings_clear:
 * @settings: to be emptied
 */
void
trace_settings_clear (TraceSettings * settings)
{
  g_free (settings->endpoint);
  g_free (settings->url);
  g_clear_pointer (&settings->headers, g_ptr_array_unref);
  memset (settings, 0, sizeof *settings);
}
