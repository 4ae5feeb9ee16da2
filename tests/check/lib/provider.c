/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What elements of providers have in common: settings, addresses, the key, and
 * the health of the service.
 */
#include "http-peer.h"

#include <gst-voice/health.h>
#include <gst-voice/llm.h>
#include <gst-voice/provider.h>
#include <glib/gstdio.h>
#include <string.h>

#define KEY "Zx81hush"

/* A model that asks nobody. */
typedef struct
{
  GstVoiceLlm parent;
  GstVoiceProvider *provider;
} AskStage;
typedef GstVoiceLlmClass AskStageClass;
static GType ask_stage_get_type (void);
G_DEFINE_TYPE (AskStage, ask_stage, gst_voice_llm_get_type ());

typedef struct
{
  gchar *offering;
  JsonNode *offered;
  gboolean loud;
  gint floor;
  guint steps;
  gint64 seed;
  gdouble fumes;
  gint mood;
} Rites;

static const GEnumValue moods[] = {
  {0, "As ever", "dark"},
  {1, "Plain", "clear"},
  {0, NULL, NULL}
};

static const GstVoiceOption rites[] = {
  {"offering", "Offering", "What is given", G_TYPE_STRING,
        G_STRUCT_OFFSET (Rites, offering),
      .object = G_STRUCT_OFFSET (Rites, offered)},
  {"loud", "Loud", "Whether it shouts", G_TYPE_BOOLEAN,
      G_STRUCT_OFFSET (Rites, loud),.usual = TRUE},
  {"floor", "Floor", "How far down it is", G_TYPE_INT,
      G_STRUCT_OFFSET (Rites, floor), -9, 9, -1},
  {"steps", "Steps", "How many lead there", G_TYPE_UINT,
      G_STRUCT_OFFSET (Rites, steps), 0, 100, 3},
  {"seed", "Seed", "Of what it says", G_TYPE_INT64,
      G_STRUCT_OFFSET (Rites, seed), -1,.usual = -1},
  {"fumes", "Fumes", "How thick they are", G_TYPE_DOUBLE,
      G_STRUCT_OFFSET (Rites, fumes), 0, 1, 0.5},
  {"mood", "Mood", "How it answers", G_TYPE_ENUM,
        G_STRUCT_OFFSET (Rites, mood),
      .type_name = "AskStageMood",.values = moods},
};

static const GstVoiceProviderInfo info = {
  .name = "oracle",
  .url = "https://oracle.example/v1",
  .key_variable = "TEST_ORACLE_KEY",
  .voice = "pythia",
  .language = "",
  .deadlines = {1000, 2000, 3000, 0},
  .headers = (const gchar * const[]) {"X-Key", "Key ${key}", "X-Version", "3",
      NULL},
  .probe = "/delphi?short=1",
  .probe_not_at = ".temple.example",
  .options = rites,
  .n_options = G_N_ELEMENTS (rites),
  .options_size = sizeof (Rites),
};

static void
ask_request (GstVoiceLlm * llm, const GstVoiceLlmRequest * request)
{
}

static gboolean
ask_start (GstVoiceStage * stage, GError ** error)
{
  return GST_VOICE_STAGE_CLASS (ask_stage_parent_class)->start (stage, error)
      && gst_voice_provider_start (((AskStage *) stage)->provider, error);
}

static void
ask_stop (GstVoiceStage * stage)
{
  GST_VOICE_STAGE_CLASS (ask_stage_parent_class)->stop (stage);
  gst_voice_provider_stop (((AskStage *) stage)->provider);
}

static void
ask_finalize (GObject * object)
{
  gst_voice_provider_free (((AskStage *) object)->provider);
  G_OBJECT_CLASS (ask_stage_parent_class)->finalize (object);
}

static void
ask_stage_class_init (AskStageClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = ask_finalize;
  gst_voice_provider_install (object_class, &info);
  gst_element_class_set_static_metadata (GST_ELEMENT_CLASS (klass), "Oracle",
      "Test", "Asks nobody", "gst-voice");
  GST_VOICE_STAGE_CLASS (klass)->start = ask_start;
  GST_VOICE_STAGE_CLASS (klass)->stop = ask_stop;
  klass->request = ask_request;
}

static void
ask_stage_init (AskStage * self)
{
  self->provider = gst_voice_provider_new (GST_ELEMENT (self), &info);
}

static AskStage *
new_stage (const gchar * url)
{
  AskStage *stage = g_object_new (ask_stage_get_type (), NULL);

  gst_object_ref_sink (stage);
  g_unsetenv ("TEST_ORACLE_KEY");
  if (url)
    g_object_set (stage, "url", url, NULL);
  return stage;
}

static void
start (AskStage * stage)
{
  g_assert_cmpint (gst_element_set_state (GST_ELEMENT (stage),
          GST_STATE_PLAYING), !=, GST_STATE_CHANGE_FAILURE);
}

static void
finish (AskStage * stage)
{
  gst_element_set_state (GST_ELEMENT (stage), GST_STATE_NULL);
  gst_object_unref (stage);
  gst_voice_health_clear ();
}

static void
only_what_it_has_is_a_property (void)
{
  AskStage *stage = new_stage (NULL);
  GObjectClass *klass = G_OBJECT_GET_CLASS (stage);
  guint connect, first_byte, stall;
  gchar *voice;

  g_object_get (stage, "voice", &voice, "connect-timeout", &connect,
      "first-byte-timeout", &first_byte, "stall-timeout", &stall, NULL);
  g_assert_cmpstr (voice, ==, "pythia");
  g_assert_cmpuint (connect, ==, 1000);
  g_assert_cmpuint (first_byte, ==, 2000);
  g_assert_cmpuint (stall, ==, 3000);
  g_assert_nonnull (g_object_class_find_property (klass, "language"));
  g_assert_null (g_object_class_find_property (klass, "model"));
  g_assert_null (g_object_class_find_property (klass, "total-timeout"));
  g_free (voice);
  finish (stage);
}

static void
assert_property (AskStage * stage, const gchar * name, const gchar * expected)
{
  GValue value = G_VALUE_INIT;
  gchar *text;

  g_object_get_property (G_OBJECT (stage), name, &value);
  text = G_VALUE_HOLDS_STRING (&value) ? g_value_dup_string (&value) :
      gst_value_serialize (&value);
  g_assert_cmpstr (text, ==, expected);
  g_free (text);
  g_value_unset (&value);
}

static void
options_hold_for_a_call (void)
{
  static const gchar *const rows[][3] = {
    {"offering", NULL, "{}"}, {"loud", "true", "false"},
    {"floor", "-1", "-3"}, {"steps", "3", "4"}, {"seed", "-1", "5"},
    {"fumes", "0.5", "1"}, {"mood", "dark", "clear"},
  };
  AskStage *stage = new_stage ("http://127.0.0.1:1");
  const Rites *now = gst_voice_provider_options (stage->provider);

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    assert_property (stage, rows[i][0], rows[i][1]);
    gst_util_set_object_arg (G_OBJECT (stage), rows[i][0], rows[i][2]);
  }
  start (stage);
  g_object_set (stage, "offering", "later", "steps", 9, NULL);
  assert_property (stage, "steps", "9");
  g_assert_cmpstr (now->offering, ==, "{}");
  g_assert_true (JSON_NODE_HOLDS_OBJECT (now->offered));
  g_assert_false (now->loud);
  g_assert_cmpint (now->floor, ==, -3);
  g_assert_cmpuint (now->steps, ==, 4);
  g_assert_cmpint (now->seed, ==, 5);
  g_assert_cmpfloat (now->fumes, ==, 1);
  g_assert_cmpint (now->mood, ==, 1);
  gst_element_set_state (GST_ELEMENT (stage), GST_STATE_NULL);
  g_assert_null (now->offering);
  g_object_set (stage, "offering", "[1]", NULL);
  g_assert_cmpint (gst_element_set_state (GST_ELEMENT (stage),
          GST_STATE_PAUSED), ==, GST_STATE_CHANGE_FAILURE);
  finish (stage);
}

static void
a_key_is_found_and_never_shown (void)
{
  AskStage *stage = new_stage ("http://127.0.0.1:1");
  GstVoiceProvider *p = stage->provider;
  gchar *reference;

  start (stage);
  g_assert_null (gst_voice_provider_key (p));
  gst_element_set_state (GST_ELEMENT (stage), GST_STATE_NULL);
  g_setenv ("TEST_ORACLE_KEY", KEY, TRUE);
  start (stage);
  g_assert_cmpstr (gst_voice_provider_key (p), ==, KEY);
  gst_element_set_state (GST_ELEMENT (stage), GST_STATE_NULL);
  g_assert_null (gst_voice_provider_key (p));

  g_setenv ("TEST_OTHER_KEY", "other", TRUE);
  g_object_set (stage, "api-key", "env:TEST_OTHER_KEY", NULL);
  start (stage);
  g_assert_cmpstr (gst_voice_provider_key (p), ==, "other");
  g_object_get (stage, "api-key", &reference, NULL);
  g_assert_cmpstr (reference, ==, "env:TEST_OTHER_KEY");
  g_free (reference);
  gst_element_set_state (GST_ELEMENT (stage), GST_STATE_NULL);

  g_object_set (stage, "api-key", KEY, NULL);
  g_object_get (stage, "api-key", &reference, NULL);
  g_assert_null (reference);
  g_assert_cmpint (gst_element_set_state (GST_ELEMENT (stage),
          GST_STATE_PAUSED), ==, GST_STATE_CHANGE_FAILURE);
  g_object_set (stage, "api-key", NULL, NULL);
  start (stage);
  finish (stage);
}

static void
on_closed (GstVoiceStage * stage, const GstVoiceLinkEnd * end, gpointer data)
{
}

typedef struct
{
  AskStage *stage;
  const gchar *path;
  gboolean socket;
  GstVoiceLink *link;
} Knock;

static void
knock (GstVoiceStage * stage, gpointer data)
{
  static const GstVoiceLinkEvents events = {.closed = on_closed };
  Knock *k = data;
  GstVoiceProvider *p = k->stage->provider;

  k->link = k->socket ? gst_voice_provider_socket (p, k->path) :
      gst_voice_provider_http (p, "GET", k->path);
  gst_voice_link_open (k->link, &events, NULL);
}

static void
addresses_are_joined (void)
{
  static const struct
  {
    const gchar *base, *path, *target;
  } rows[] = {
    {"/v1", "/ask", "/v1/ask"},
    {"/v1/", "/ask", "/v1/ask"},
    {"", "/ask?a=1", "/ask?a=1"},
    {"/v1?api-version=2", "/ask", "/v1/ask?api-version=2"},
    {"/v1?k=2", "/ask?a=1", "/v1/ask?k=2&a=1"},
    {"/v1/ask", "/ask", "/v1/ask"},
    {"/v1/ask/?k=2#x", "/ask?a=1", "/v1/ask?k=2&a=1"},
  };

  for (guint i = 0; i < 2 * G_N_ELEMENTS (rows); i++) {
    HttpPeer *peer = http_peer_new ("{}", NULL, 0, NULL);
    gchar *url = http_peer_url (peer, rows[i / 2].base);
    AskStage *stage = new_stage (url);
    Knock k = { stage, rows[i / 2].path, i % 2, NULL };

    start (stage);
    gst_voice_stage_post (GST_VOICE_STAGE (stage), knock, &k, NULL);
    g_assert_cmpstr (http_peer_request (peer, 0)->target, ==,
        rows[i / 2].target);
    g_assert_cmpint (g_hash_table_contains (http_peer_request (peer,
                0)->headers, "upgrade"), ==, i % 2);
    g_assert_cmpstr (g_hash_table_lookup (http_peer_request (peer,
                0)->headers, "x-version"), ==, "3");
    g_assert_false (g_hash_table_contains (http_peer_request (peer,
                0)->headers, "x-key"));
    gst_element_set_state (GST_ELEMENT (stage), GST_STATE_READY);
    gst_voice_link_close (k.link);
    finish (stage);
    http_peer_free (peer);
    g_free (url);
  }
}

static void
a_service_has_a_name (void)
{
  static const struct
  {
    const gchar *url, *service;
  } rows[] = {
    {NULL, "oracle"},
    {"http://127.0.0.1:8000/v1", "oracle@127.0.0.1:8000"},
    {"https://own.example", "oracle@own.example"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    AskStage *stage = new_stage (rows[i].url);
    const gchar *key;

    g_setenv ("TEST_ORACLE_KEY", KEY, TRUE);
    start (stage);
    g_assert_cmpstr (gst_voice_provider_service (stage->provider), ==,
        rows[i].service);
    key = g_object_get_data (G_OBJECT (stage), GST_VOICE_HEALTH_KEY);
    g_assert_true (g_str_has_prefix (key, "llm/"));
    g_assert_cmpstr (key + strlen ("llm/"), ==, rows[i].service);
    finish (stage);
  }
}

static void
wrong_addresses_are_refused (void)
{
  static const gchar *const urls[] = { "", "example.org", "ftp://example.org",
    "http://", "http:///v1"
  };

  for (guint i = 0; i < G_N_ELEMENTS (urls); i++) {
    AskStage *stage = new_stage (urls[i]);

    g_assert_cmpint (gst_element_set_state (GST_ELEMENT (stage),
            GST_STATE_PAUSED), ==, GST_STATE_CHANGE_FAILURE);
    finish (stage);
  }
}

static void
its_health_is_noted (void)
{
  static const gchar name[] = "llm/oracle@127.0.0.1:8000";
  AskStage *stage = new_stage ("http://127.0.0.1:8000");
  GError *error = g_error_new (GST_VOICE_ERROR, GST_VOICE_ERROR_RATE_LIMITED,
      "too much");
  GError *cancelled = g_error_new (GST_VOICE_ERROR, GST_VOICE_ERROR_CANCELLED,
      "not wanted");
  gint64 now = g_get_monotonic_time ();

  /* Who does not work yet is known by it, too. */
  g_assert_cmpstr (g_object_get_data (G_OBJECT (stage),
          GST_VOICE_HEALTH_KEY), ==, name);
  start (stage);
  gst_voice_provider_failed (stage->provider, cancelled);
  g_assert_cmpint (gst_voice_health_cooling (name, now), ==, 0);
  gst_voice_provider_refused (stage->provider, error, 100000);
  g_assert_cmpint (gst_voice_health_cooling (name, g_get_monotonic_time ()), >,
      90 * G_USEC_PER_SEC);
  gst_voice_provider_answered (stage->provider, 20 * GST_MSECOND);
  g_assert_cmpint (gst_voice_health_cooling (name, g_get_monotonic_time ()),
      ==, 0);
  g_error_free (error);
  g_error_free (cancelled);
  finish (stage);
}

static void
the_persona_has_a_voice_and_a_language (void)
{
  AskStage *stage = new_stage ("http://127.0.0.1:1");
  GstVoiceSession *session = gst_voice_session_new (NULL);
  GError *error = NULL;
  gchar *folder = g_dir_make_tmp ("provider-XXXXXX", NULL);
  gchar *launch = g_build_filename (folder, "a.launch", NULL);
  GstVoicePersona *persona;
  GstContext *context;

  g_assert_true (g_file_set_contents (launch, "identity", -1, NULL));
  persona = gst_voice_persona_new_from_json ("{\"name\": \"a\", "
      "\"pipeline\": \"a.launch\", \"voice\": \"sibyl\", "
      "\"language\": \"el-GR\"}", -1, "test", folder, &error);
  g_assert_no_error (error);
  gst_voice_session_set_persona (session, persona);
  context = gst_voice_session_to_context (session);
  gst_element_set_context (GST_ELEMENT (stage), context);
  start (stage);
  g_assert_cmpstr (gst_voice_provider_voice (stage->provider), ==, "sibyl");
  g_assert_cmpstr (gst_voice_provider_language (stage->provider), ==, "el-GR");
  gst_element_set_state (GST_ELEMENT (stage), GST_STATE_NULL);
  g_object_set (stage, "voice", "own", NULL);
  start (stage);
  g_assert_cmpstr (gst_voice_provider_voice (stage->provider), ==, "own");
  finish (stage);
  gst_context_unref (context);
  gst_voice_persona_unref (persona);
  g_object_unref (session);
  g_unlink (launch);
  g_rmdir (folder);
  g_free (launch);
  g_free (folder);
}

typedef struct
{
  GMutex lock;
  GCond changed;
  gboolean over;
  guint status;
  GError *error;
} Answer;

static void
on_answer (GstVoiceHttpRequest * request, const GError * error, guint status,
    const gchar * request_id, gpointer data)
{
  Answer *answer = data;

  g_mutex_lock (&answer->lock);
  answer->over = TRUE;
  answer->status = status;
  answer->error = error ? g_error_copy (error) : NULL;
  g_cond_signal (&answer->changed);
  g_mutex_unlock (&answer->lock);
}

/* Returns: whether it is a connection only
 *
 * @connect: make it one */
static gboolean
probe (AskStage * stage, Answer * answer, gboolean connect)
{
  static const GstVoiceHttpCallbacks callbacks = {.done = on_answer };
  GstVoiceProvider *p = gst_voice_provider_of (GST_ELEMENT (stage));
  GstVoiceHttpRequest *request;
  GError *error = NULL;
  gboolean connect_only;

  gst_voice_provider_start (p, &error);
  g_assert_no_error (error);
  request = gst_voice_provider_probe (p, 10000, &connect_only);
  if (connect)
    gst_voice_http_request_set_connect_only (request, TRUE);
  if (answer) {
    answer->over = FALSE;
    gst_voice_http_request_set_callbacks (request, &callbacks, answer, NULL);
    gst_voice_http_send (request);
    g_mutex_lock (&answer->lock);
    while (!answer->over)
      g_cond_wait (&answer->changed, &answer->lock);
    g_mutex_unlock (&answer->lock);
    g_assert_no_error (answer->error);
  }
  gst_voice_http_request_unref (request);
  gst_voice_provider_stop (p);
  return connect_only;
}

static void
a_service_is_asked_without_a_call (void)
{
  HttpPeer *peer = http_peer_new ("{\"/v1/delphi\": {\"steps\": [\"yes\"]}}",
      NULL, 0, NULL);
  gchar *url = http_peer_url (peer, "/v1");
  AskStage *stage = new_stage (url);
  const HttpPeerRequest *request;
  Answer answer = { 0 };

  g_assert_false (probe (stage, &answer, FALSE));
  g_assert_cmpuint (answer.status, ==, 200);
  request = http_peer_request (peer, 0);
  g_assert_cmpstr (request->method, ==, "GET");
  g_assert_cmpstr (request->target, ==, "/v1/delphi?short=1");
  g_assert_cmpstr (g_hash_table_lookup (request->headers, "x-version"), ==,
      "3");
  g_assert_false (g_hash_table_contains (request->headers, "x-key"));
  g_setenv ("TEST_ORACLE_KEY", KEY, TRUE);
  probe (stage, &answer, FALSE);
  request = http_peer_request (peer, 1);
  g_assert_cmpstr (g_hash_table_lookup (request->headers, "x-key"), ==,
      "Key " KEY);
  g_assert_cmpstr (gst_voice_provider_name (stage->provider), ==, "oracle");
  g_assert_null (gst_voice_provider_key (stage->provider));
  probe (stage, &answer, TRUE);
  g_assert_cmpuint (answer.status, ==, 0);
  g_assert_cmpuint (http_peer_n_requests (peer), ==, 2);
  finish (stage);
  http_peer_free (peer);
  g_free (url);
}

static void
some_places_have_nothing_to_ask (void)
{
  AskStage *stage = new_stage ("https://own.temple.example/v1");
  GstElement *other = gst_bin_new (NULL);

  g_assert_true (probe (stage, NULL, FALSE));
  g_assert_null (gst_voice_provider_of (other));
  gst_object_unref (gst_object_ref_sink (other));
  finish (stage);
}

int
main (int argc, char **argv)
{
  int result;

  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/provider/properties", only_what_it_has_is_a_property);
  g_test_add_func ("/provider/options", options_hold_for_a_call);
  g_test_add_func ("/provider/key", a_key_is_found_and_never_shown);
  g_test_add_func ("/provider/addresses", addresses_are_joined);
  g_test_add_func ("/provider/service", a_service_has_a_name);
  g_test_add_func ("/provider/wrong-address", wrong_addresses_are_refused);
  g_test_add_func ("/provider/health", its_health_is_noted);
  g_test_add_func ("/provider/persona", the_persona_has_a_voice_and_a_language);
  g_test_add_func ("/provider/probe", a_service_is_asked_without_a_call);
  g_test_add_func ("/provider/probe/nothing", some_places_have_nothing_to_ask);
  result = g_test_run ();
  gst_deinit ();
  return result;
}
