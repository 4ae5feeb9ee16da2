/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What all elements have in common that talk to a service: the properties for
 * address, key, model, voice, language and deadlines, links that have them, and
 * the reports of how the service does.
 *
 * A key is named, `env:NAME` or `file:PATH`, and never given: what a property
 * holds ends in descriptions, logs and dumps. The key itself is in memory from
 * start to stop only.
 *
 * Threads: properties in any; start and stop in state changes; the rest in the
 * stage's task. Locks: the element's object lock guards the settings.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "provider.h"

#include "binding.h"
#include "health.h"
#include "io.h"
#include "json.h"
#include "llm.h"
#include "provider-options.h"
#include "secret.h"
#include "stt.h"
#include "tts.h"

#include <string.h>

#define MAX_TIMEOUT_MS 600000
#define MAX_OPTION (256 * 1024)
#define KEY "${key}"            /* in a header */

enum
{
  PROP_URL,
  PROP_API_KEY,
  PROP_MODEL,
  PROP_VOICE,
  PROP_LANGUAGE,
  PROP_CONNECT,
  PROP_FIRST_BYTE,
  PROP_STALL,
  PROP_TOTAL,
};

typedef struct
{
  gchar *url, *api_key, *model, *voice, *language;
  gboolean literal_key;         /* somebody gave the key itself */
  GstVoiceLinkDeadlines deadlines;
} Settings;

struct _GstVoiceProvider
{
  /* set once in new */
  GstElement *element;          /* which we are part of */
  const GstVoiceProviderInfo *info;

  /* object lock */
  Settings settings;
  gpointer options;             /* of the element */

  /* state changes only, read by the task */
  Settings now;
  gpointer options_now;
  const gchar *const *headers;
  gchar *key;
  gchar *health;                /* under which its health is noted */
  gboolean on_network;          /* has a reference to the network thread */

  /* task only */
  gboolean ill;                 /* told, and not yet that it is well again */
};

static const GstVoiceBinding bindings[] = {
  {"voice", "voice"},
  {"language", "language"},
};

static void
settings_clear (Settings * s)
{
  g_free (s->url);
  g_free (s->api_key);
  g_free (s->model);
  g_free (s->voice);
  g_free (s->language);
  memset (s, 0, sizeof *s);
}

static void
settings_copy (Settings * to, const Settings * from)
{
  settings_clear (to);
  *to = *from;
  to->url = g_strdup (from->url);
  to->api_key = g_strdup (from->api_key);
  to->model = g_strdup (from->model);
  to->voice = g_strdup (from->voice);
  to->language = g_strdup (from->language);
}

static GQuark
provider_quark (void)
{
  return g_quark_from_static_string ("gst-voice-provider-of");
}

static const gchar *
kind_of (GstVoiceProvider * p)
{
  return GST_IS_VOICE_STT (p->element) ? "stt" : GST_IS_VOICE_LLM (p->element) ?
      "llm" : GST_IS_VOICE_TTS (p->element) ? "tts" : "voice";
}

/* Returns: (transfer full) (nullable): one service at one address, if that is
 * complete */
static gchar *
health_key (GstVoiceProvider * p, const gchar * url)
{
  static const gchar *const schemes[] = { "http", "https", "ws", "wss", NULL };
  GUri *uri = url ? g_uri_parse (url, G_URI_FLAGS_NONE, NULL) : NULL;
  gchar *key = NULL;

  if (!uri || !g_strv_contains (schemes, g_uri_get_scheme (uri))
      || !g_uri_get_host (uri) || !*g_uri_get_host (uri))
    key = NULL;
  else if (g_strcmp0 (url, p->info->url) == 0)
    key = g_strdup_printf ("%s/%s", kind_of (p), p->info->name);
  else if (g_uri_get_port (uri) > 0)
    key = g_strdup_printf ("%s/%s@%.100s:%d", kind_of (p), p->info->name,
        g_uri_get_host (uri), g_uri_get_port (uri));
  else
    key = g_strdup_printf ("%s/%s@%.100s", kind_of (p), p->info->name,
        g_uri_get_host (uri));
  g_clear_pointer (&uri, g_uri_unref);
  return key;
}

/* Known as soon as the address is, so that `fallback` can pass by one that
 * others have found ill, and not only when it has been asked here. */
static void
announce_health_key (GstVoiceProvider * p, const gchar * url)
{
  g_object_set_data_full (G_OBJECT (p->element), GST_VOICE_HEALTH_KEY,
      health_key (p, url), g_free);
}

/**
 * gst_voice_provider_new:
 * @element: a stage, which will own the provider
 * @info: what it says of its service
 *
 * Returns: (transfer full): the provider, with the default settings
 */
GstVoiceProvider *
gst_voice_provider_new (GstElement * element, const GstVoiceProviderInfo * info)
{
  GstVoiceProvider *p = g_new0 (GstVoiceProvider, 1);

  p->element = element;
  p->info = info;
  g_object_set_qdata (G_OBJECT (element), provider_quark (), p);
  p->settings.url = g_strdup (info->url);
  p->settings.model = g_strdup (info->model);
  p->settings.voice = g_strdup (info->voice);
  p->settings.language = g_strdup (info->language);
  p->settings.deadlines = info->deadlines;
  p->options = g_malloc0 (info->options_size);
  p->options_now = g_malloc0 (info->options_size);
  provider_options_init (info, G_OBJECT (element), p->options);
  announce_health_key (p, info->url);
  return p;
}

/**
 * gst_voice_provider_of:
 * @element: any element
 *
 * Returns: (transfer none) (nullable): its provider, if it talks to a service
 */
GstVoiceProvider *
gst_voice_provider_of (GstElement * element)
{
  return g_object_get_qdata (G_OBJECT (element), provider_quark ());
}

/**
 * gst_voice_provider_name:
 * @provider: a provider
 *
 * Returns: (transfer none): what its service is called, wherever it is
 */
const gchar *
gst_voice_provider_name (GstVoiceProvider * provider)
{
  return provider->info->name;
}

/**
 * gst_voice_provider_free:
 * @provider: (transfer full): a provider, whose links are closed
 */
void
gst_voice_provider_free (GstVoiceProvider * provider)
{
  gst_voice_provider_stop (provider);
  settings_clear (&provider->settings);
  provider_options_clear (provider->info, provider->options);
  g_free (provider->options);
  g_free (provider->options_now);
  g_free (provider);
}

/* A reference is kept, a key is not. */
static void
set_key (Settings * s, const gchar * spec)
{
  gboolean reference = spec && (g_str_has_prefix (spec, "env:")
      || g_str_has_prefix (spec, "file:"));

  g_free (s->api_key);
  s->api_key = reference ? g_strdup (spec) : NULL;
  s->literal_key = !reference && spec && *spec;
}

static void
set_text (gchar ** text, const GValue * value)
{
  g_free (*text);
  *text = g_value_dup_string (value);
}

static gboolean
is_ours (GParamSpec * pspec, guint * which)
{
  gpointer offset = g_param_spec_get_qdata (pspec,
      g_quark_from_static_string ("gst-voice-provider"));

  *which = GPOINTER_TO_UINT (offset) - 1;
  return offset != NULL;
}

static void
set_ours (Settings * s, guint which, const GValue * value)
{
  switch (which) {
    case PROP_URL:
      set_text (&s->url, value);
      break;
    case PROP_API_KEY:
      set_key (s, g_value_get_string (value));
      break;
    case PROP_MODEL:
      set_text (&s->model, value);
      break;
    case PROP_VOICE:
      set_text (&s->voice, value);
      break;
    case PROP_LANGUAGE:
      set_text (&s->language, value);
      break;
    case PROP_CONNECT:
      s->deadlines.connect = g_value_get_uint (value);
      break;
    case PROP_FIRST_BYTE:
      s->deadlines.first_byte = g_value_get_uint (value);
      break;
    case PROP_STALL:
      s->deadlines.stall = g_value_get_uint (value);
      break;
    case PROP_TOTAL:
      s->deadlines.total = g_value_get_uint (value);
      break;
  }
}

static void
set_property (GObject * object, guint id, const GValue * value,
    GParamSpec * pspec)
{
  GstVoiceProvider *p = gst_voice_provider_of (GST_ELEMENT (object));
  guint which;

  gst_voice_binding_mark (object, pspec);
  GST_OBJECT_LOCK (object);
  if (is_ours (pspec, &which))
    set_ours (&p->settings, which, value);
  else
    provider_options_set (p->info, p->options, id, value);
  GST_OBJECT_UNLOCK (object);
  if (is_ours (pspec, &which) && which == PROP_URL)
    announce_health_key (p, g_value_get_string (value));
}

static void
get_ours (const Settings * s, guint which, GValue * value)
{
  switch (which) {
    case PROP_URL:
      g_value_set_string (value, s->url);
      break;
    case PROP_API_KEY:
      g_value_set_string (value, s->api_key);
      break;
    case PROP_MODEL:
      g_value_set_string (value, s->model);
      break;
    case PROP_VOICE:
      g_value_set_string (value, s->voice);
      break;
    case PROP_LANGUAGE:
      g_value_set_string (value, s->language);
      break;
    case PROP_CONNECT:
      g_value_set_uint (value, s->deadlines.connect);
      break;
    case PROP_FIRST_BYTE:
      g_value_set_uint (value, s->deadlines.first_byte);
      break;
    case PROP_STALL:
      g_value_set_uint (value, s->deadlines.stall);
      break;
    case PROP_TOTAL:
      g_value_set_uint (value, s->deadlines.total);
      break;
  }
}

static void
get_property (GObject * object, guint id, GValue * value, GParamSpec * pspec)
{
  GstVoiceProvider *p = gst_voice_provider_of (GST_ELEMENT (object));
  guint which;

  GST_OBJECT_LOCK (object);
  if (is_ours (pspec, &which))
    get_ours (&p->settings, which, value);
  else
    provider_options_get (p->info, p->options, id, value);
  GST_OBJECT_UNLOCK (object);
}

/* The property says itself which of a provider's it is: the ids are the
 * element's. */
static void
install (GObjectClass * klass, guint first, guint which, GParamSpec * pspec)
{
  g_param_spec_set_qdata (pspec,
      g_quark_from_static_string ("gst-voice-provider"),
      GUINT_TO_POINTER (which + 1));
  g_object_class_install_property (klass, first + which, pspec);
}

static void
install_text (GObjectClass * klass, guint first, guint which,
    const gchar * name, const gchar * nick, const gchar * blurb,
    const gchar * value)
{
  install (klass, first, which, g_param_spec_string (name, nick, blurb, value,
          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
          GST_PARAM_MUTABLE_READY));
}

static void
install_timeout (GObjectClass * klass, guint first, guint which,
    const gchar * name, const gchar * nick, const gchar * blurb, guint value)
{
  install (klass, first, which, g_param_spec_uint (name, nick, blurb, 0,
          MAX_TIMEOUT_MS, value, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
          GST_PARAM_MUTABLE_READY));
}

/**
 * gst_voice_provider_install:
 * @klass: an element's class, which has no properties of its own
 * @info: what the element says of its service
 *
 * Gives the class the options of @info and the properties `url`, `api-key`,
 * `connect-timeout`, `first-byte-timeout`, `stall-timeout` and, where @info has
 * a default for it, `model`, `voice`, `language` and `total-timeout`.
 */
void
gst_voice_provider_install (GObjectClass * klass,
    const GstVoiceProviderInfo * info)
{
  guint first = info->n_options + 1;

  klass->set_property = set_property;
  klass->get_property = get_property;
  provider_options_install (info, klass);
  install_text (klass, first, PROP_URL, "url", "URL",
      "Address of the service", info->url);
  install_text (klass, first, PROP_API_KEY, "api-key", "API key",
      "Where the key is: env:NAME or file:PATH", NULL);
  if (info->model)
    install_text (klass, first, PROP_MODEL, "model", "Model",
        "Which of the service's models", info->model);
  if (info->voice)
    install_text (klass, first, PROP_VOICE, "voice", "Voice",
        "Which of the service's voices", info->voice);
  if (info->language)
    install_text (klass, first, PROP_LANGUAGE, "language", "Language",
        "Which language is spoken (BCP 47)", info->language);
  install_timeout (klass, first, PROP_CONNECT, "connect-timeout",
      "Connect timeout", "How long to wait for the connection, in ms, 0 for "
      "ever", info->deadlines.connect);
  install_timeout (klass, first, PROP_FIRST_BYTE, "first-byte-timeout",
      "First byte timeout", "How long to wait for the beginning of an answer, "
      "in ms, 0 for ever", info->deadlines.first_byte);
  install_timeout (klass, first, PROP_STALL, "stall-timeout",
      "Stall timeout", "How long an answer may stand still, in ms, 0 for ever",
      info->deadlines.stall);
  if (info->deadlines.total)
    install_timeout (klass, first, PROP_TOTAL, "total-timeout",
        "Total timeout", "How long an answer may take in all, in ms, 0 for "
        "ever", info->deadlines.total);
}

static const gchar *
name_of (GstVoiceProvider * p)
{
  GstElementFactory *factory = gst_element_get_factory (p->element);

  return factory ? GST_OBJECT_NAME (factory) : p->info->name;
}

static gboolean
refuse (GError ** error, GstVoiceError code, const gchar * format, ...)
G_GNUC_PRINTF (3, 4);

     static gboolean
         refuse (GError ** error, GstVoiceError code, const gchar * format, ...)
{
  va_list args;
  gchar *text;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error_literal (error, GST_VOICE_ERROR, code, text);
  g_free (text);
  return FALSE;
}

static void
apply_bindings (GstVoiceProvider * p)
{
  const gchar *defaults[] = { p->info->voice, p->info->language };
  GstVoiceSession *session =
      gst_voice_stage_session (GST_VOICE_STAGE (p->element));

  /* None where the service is only asked whether it would answer. */
  for (guint i = 0; session && i < G_N_ELEMENTS (bindings); i++) {
    if (defaults[i])
      gst_voice_bindings_apply (p->element, session, &bindings[i], 1);
  }
}

static gboolean
resolve_key (GstVoiceProvider * p, GError ** error)
{
  const Settings *now = &p->now;
  const gchar *variable = p->info->key_variable;
  const gchar *set = variable ? g_getenv (variable) : NULL;

  if (now->literal_key)
    return refuse (error, GST_VOICE_ERROR_AUTH, "the api-key of %s is a key "
        "and was not taken: put it into an environment variable or a file, and "
        "say api-key=env:%s or api-key=file:PATH", name_of (p),
        variable ? variable : "NAME");
  if (now->api_key) {
    p->key = gst_voice_secret_resolve (now->api_key, error);
    return p->key != NULL;
  }
  p->key = set && *set ? g_strdup (set) : NULL;
  if (!p->key && variable && g_strcmp0 (now->url, p->info->url) == 0)
    return refuse (error, GST_VOICE_ERROR_AUTH, "%s has no key: set the "
        "environment variable %s, or say api-key=env:NAME or api-key=file:PATH",
        name_of (p), variable);
  return TRUE;
}

/* An address may hold a key, so an error does not repeat it. */
static gboolean
check_url (GstVoiceProvider * p, GError ** error)
{
  g_free (p->health);
  p->health = health_key (p, p->now.url);
  return p->health != NULL || refuse (error, GST_VOICE_ERROR_BAD_REQUEST,
      "the url of %s is not a complete address: it looks like %s", name_of (p),
      p->info->url);
}

/**
 * gst_voice_provider_reject:
 * @provider: a provider
 * @property: of its element
 * @what: what it is not, but must be
 * @error: (out): in the domain %GST_VOICE_ERROR
 *
 * Returns: %FALSE
 */
gboolean
gst_voice_provider_reject (GstVoiceProvider * provider,
    const gchar * property, const gchar * what, GError ** error)
{
  g_set_error (error, GST_VOICE_ERROR, GST_VOICE_ERROR_BAD_REQUEST,
      "the property %s of %s is not %s", property, name_of (provider), what);
  return FALSE;
}

static gboolean
parse_object (GstVoiceProvider * p, const GstVoiceOption * o, GError ** error)
{
  const gchar *text = G_STRUCT_MEMBER (gchar *, p->options_now, o->offset);
  JsonNode **node = &G_STRUCT_MEMBER (JsonNode *, p->options_now, o->object);

  if (!text || !*text)
    return TRUE;
  *node = gst_voice_json_parse (text, -1, MAX_OPTION, GST_VOICE_JSON_MAX_DEPTH,
      NULL);
  return (*node && JSON_NODE_HOLDS_OBJECT (*node))
      || gst_voice_provider_reject (p, o->name, "a JSON object", error);
}

static gboolean
parse_objects (GstVoiceProvider * p, GError ** error)
{
  for (guint i = 0; i < p->info->n_options; i++) {
    if (p->info->options[i].object
        && !parse_object (p, &p->info->options[i], error))
      return FALSE;
  }
  return TRUE;
}

/**
 * gst_voice_provider_start:
 * @provider: a provider whose element starts
 * @error: in domain %GST_VOICE_ERROR; what is wrong with the settings, never a
 *   key
 *
 * Takes what the persona says, resolves the key and makes the settings hold
 * for this call. To be called in the stage's `start`.
 *
 * Returns: whether the element can start
 */
gboolean
gst_voice_provider_start (GstVoiceProvider * provider, GError ** error)
{
  gst_voice_provider_stop (provider);
  apply_bindings (provider);
  GST_OBJECT_LOCK (provider->element);
  settings_copy (&provider->now, &provider->settings);
  provider_options_copy (provider->info, provider->options_now,
      provider->options);
  GST_OBJECT_UNLOCK (provider->element);
  provider->headers = provider->info->headers;
  if (!check_url (provider, error) || !resolve_key (provider, error)
      || !parse_objects (provider, error)) {
    gst_voice_provider_stop (provider);
    return FALSE;
  }
  announce_health_key (provider, provider->now.url);
  gst_voice_io_ref ();
  provider->on_network = TRUE;
  return TRUE;
}

/**
 * gst_voice_provider_stop:
 * @provider: a provider, started or not, whose links are closed
 *
 * Forgets the key and leaves the network thread; to be called in the stage's
 * `stop`.
 */
void
gst_voice_provider_stop (GstVoiceProvider * provider)
{
  g_clear_pointer (&provider->key, gst_voice_secret_free);
  g_clear_pointer (&provider->health, g_free);
  settings_clear (&provider->now);
  provider_options_clear (provider->info, provider->options_now);
  provider->ill = FALSE;
  if (provider->on_network) {
    provider->on_network = FALSE;
    gst_voice_io_unref ();
  }
}

/**
 * gst_voice_provider_url:
 * @provider: a provider
 *
 * Returns: (transfer none): the address of the service
 */
const gchar *
gst_voice_provider_url (GstVoiceProvider * provider)
{
  return provider->now.url;
}

/**
 * gst_voice_provider_service:
 * @provider: a provider
 *
 * Returns: (transfer none): what its service is called, with the host unless it
 *   is the usual one: `openai` or `openai@localhost:8000`; for prices
 */
const gchar *
gst_voice_provider_service (GstVoiceProvider * provider)
{
  return strchr (provider->health, '/') + 1;
}

/**
 * gst_voice_provider_key:
 * @provider: a provider
 *
 * Returns: (transfer none) (nullable): the key; for a header only
 */
const gchar *
gst_voice_provider_key (GstVoiceProvider * provider)
{
  return provider->key;
}

/**
 * gst_voice_provider_model:
 * @provider: a provider
 *
 * Returns: (transfer none) (nullable): the model
 */
const gchar *
gst_voice_provider_model (GstVoiceProvider * provider)
{
  return provider->now.model;
}

/**
 * gst_voice_provider_voice:
 * @provider: a provider
 *
 * Returns: (transfer none) (nullable): the voice
 */
const gchar *
gst_voice_provider_voice (GstVoiceProvider * provider)
{
  return provider->now.voice;
}

/**
 * gst_voice_provider_language:
 * @provider: a provider
 *
 * Returns: (transfer none) (nullable): the language
 */
const gchar *
gst_voice_provider_language (GstVoiceProvider * provider)
{
  return provider->now.language;
}

/**
 * gst_voice_provider_options:
 * @provider: a provider
 *
 * Returns: (transfer none): the element's struct with the options of this call
 */
gconstpointer
gst_voice_provider_options (GstVoiceProvider * provider)
{
  return provider->options_now;
}

/**
 * gst_voice_provider_set_headers:
 * @provider: a provider that was started
 * @headers: static; as in #GstVoiceProviderInfo
 *
 * In the place of the usual ones, for this call.
 */
void
gst_voice_provider_set_headers (GstVoiceProvider * provider,
    const gchar * const *headers)
{
  provider->headers = headers;
}

/* The path goes before the query that the address may have (`api-version`), and
 * is not repeated where the address ends with it. */
static gchar *
join (const gchar * base, const gchar * path, const gchar * from,
    const gchar * to)
{
  gsize n_base = strcspn (base, "?#"), n_path = strcspn (path, "?");
  const gchar *rest = base + n_base;
  GString *url;

  while (n_base > 0 && base[n_base - 1] == '/')
    n_base--;
  url = g_string_new_len (base, n_base);
  if (n_base < n_path || strncmp (base + n_base - n_path, path, n_path) != 0)
    g_string_append_len (url, path, n_path);
  if (*rest == '?')
    g_string_append_len (url, rest, strcspn (rest, "#"));
  if (path[n_path])
    g_string_append_printf (url, "%c%s", *rest == '?' ? '&' : '?',
        path + n_path + 1);
  if (g_str_has_prefix (url->str, from))
    g_string_prepend (g_string_erase (url, 0, strlen (from)), to);
  return g_string_free (url, FALSE);
}

typedef void (*SetHeader) (gpointer to, const gchar * name,
    const gchar * value);

static void
set_headers (GstVoiceProvider * p, SetHeader set, gpointer to)
{
  const gchar *const *names = p->headers;

  for (guint i = 0; names && names[i]; i += 2) {
    const gchar *text = names[i + 1], *at = strstr (text, KEY);
    gchar *before, *value;

    if (!at)
      set (to, names[i], text);
    if (!at || !p->key)
      continue;
    before = g_strndup (text, at - text);
    value = g_strconcat (before, p->key, at + strlen (KEY), NULL);
    set (to, names[i], value);
    gst_voice_secret_free (value);
    g_free (before);
  }
}

static void
set_link_header (gpointer link, const gchar * name, const gchar * value)
{
  gst_voice_link_set_header (link, name, value);
}

static void
set_request_header (gpointer request, const gchar * name, const gchar * value)
{
  gst_voice_http_request_set_header (request, name, value);
}

static GstVoiceLink *
prepared (GstVoiceProvider * p, GstVoiceLink * link)
{
  gst_voice_link_set_deadlines (link, &p->now.deadlines);
  set_headers (p, set_link_header, link);
  return link;
}

/**
 * gst_voice_provider_http:
 * @provider: a provider
 * @method: such as `POST`
 * @path: what comes behind the address, with a query or without
 *
 * Returns: (transfer full): a link with the provider's deadlines and headers
 */
GstVoiceLink *
gst_voice_provider_http (GstVoiceProvider * provider, const gchar * method,
    const gchar * path)
{
  gchar *url = join (provider->now.url, path, "ws", "http");
  GstVoiceLink *link =
      gst_voice_link_new_http (GST_VOICE_STAGE (provider->element), method,
      url);

  gst_voice_secret_free (url);
  return prepared (provider, link);
}

/**
 * gst_voice_provider_socket:
 * @provider: a provider
 * @path: what comes behind the address, with a query or without; http becomes
 *   ws and https becomes wss
 *
 * Returns: (transfer full): a link with the provider's deadlines and headers
 */
GstVoiceLink *
gst_voice_provider_socket (GstVoiceProvider * provider, const gchar * path)
{
  gchar *url = join (provider->now.url, path, "http", "ws");
  GstVoiceLink *link =
      gst_voice_link_new_socket (GST_VOICE_STAGE (provider->element), url);

  gst_voice_secret_free (url);
  return prepared (provider, link);
}

static gboolean
has_probe (GstVoiceProvider * p)
{
  const gchar *not_at = p->info->probe_not_at;
  GUri *uri = g_uri_parse (p->now.url, G_URI_FLAGS_NONE, NULL);
  gboolean has = p->info->probe && !(not_at
      && g_str_has_suffix (g_uri_get_host (uri), not_at));

  g_uri_unref (uri);
  return has;
}

/**
 * gst_voice_provider_probe:
 * @provider: a provider between start and stop
 * @total_ms: how long all of it may take
 * @connect_only: (out): whether there is no request that the service would
 *   answer without cost, and it is a connection only
 *
 * The smallest request that tells whether the service would answer us, with
 * this provider's address, key and deadlines.
 *
 * Returns: (transfer full): the request, not sent
 */
GstVoiceHttpRequest *
gst_voice_provider_probe (GstVoiceProvider * provider, guint total_ms,
    gboolean * connect_only)
{
  const GstVoiceLinkDeadlines *now = &provider->now.deadlines;
  const GstVoiceHttpDeadlines deadlines = {
    .connect = now->connect,
    .first_byte = now->first_byte,
    .stall = now->stall,
    .total = total_ms,
  };
  GstVoiceHttpRequest *request;
  gchar *url;

  *connect_only = !has_probe (provider);
  url = join (provider->now.url, *connect_only ? "" : provider->info->probe,
      "ws", "http");
  request = gst_voice_http_request_new ("GET", url);
  set_headers (provider, set_request_header, request);
  gst_voice_http_request_set_connect_only (request, *connect_only);
  gst_voice_http_request_set_deadlines (request, &deadlines);
  gst_voice_secret_free (url);
  return request;
}

static void
report (GstVoiceProvider * p, const gchar * state, const gchar * code,
    const gchar * text)
{
  gst_voice_stage_report (GST_VOICE_STAGE (p->element),
      gst_voice_structure_new ("provider", "provider", name_of (p),
          "state", state, "code", code, "text", text, NULL));
}

/**
 * gst_voice_provider_refused:
 * @provider: a provider
 * @error: why, in domain %GST_VOICE_ERROR
 * @retry_after: for how long it wants to be left alone, in ms; -1 if it did not
 *   say
 *
 * As gst_voice_provider_failed().
 */
void
gst_voice_provider_refused (GstVoiceProvider * provider, const GError * error,
    gint64 retry_after)
{
  GstVoiceError code = error->domain == GST_VOICE_ERROR ? error->code :
      GST_VOICE_ERROR_INTERNAL;

  if (code == GST_VOICE_ERROR_CANCELLED)
    return;
  provider->ill = TRUE;
  report (provider, "failed", gst_voice_error_name (code), error->message);
  gst_voice_health_failure (provider->health, g_get_monotonic_time (), code,
      retry_after < 0 ? -1 : retry_after * 1000);
}

/**
 * gst_voice_provider_failed:
 * @provider: a provider
 * @error: why, in domain %GST_VOICE_ERROR
 *
 * Tells that the service has failed, and notes it for its health. What was
 * `cancelled` is no failure.
 */
void
gst_voice_provider_failed (GstVoiceProvider * provider, const GError * error)
{
  gst_voice_provider_refused (provider, error, -1);
}

/**
 * gst_voice_provider_answered:
 * @provider: a provider
 * @first_byte: how long it took to begin
 *
 * Notes that the service works; tells so if it had failed before.
 */
void
gst_voice_provider_answered (GstVoiceProvider * provider,
    GstClockTime first_byte)
{
  if (provider->ill)
    report (provider, "healthy", "", "it answers again");
  provider->ill = FALSE;
  gst_voice_health_success (provider->health, g_get_monotonic_time (),
      GST_CLOCK_TIME_IS_VALID (first_byte) ? (gint64) (first_byte /
          GST_USECOND) : -1);
}
