/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * See tts-scene.h.
 */
#include "tts-scene.h"

#include "provider-voice.h"

#include <gst-voice/events.h>
#include <gst-voice/meta.h>
#include <string.h>

GST_VOICE_API const gchar *__asan_default_options (void);
GST_VOICE_API const gchar *__lsan_default_suppressions (void);

/* So that what is suppressed is known by its name. */
const gchar *
__asan_default_options (void)
{
  return "fast_unwind_on_malloc=0";
}

/* libsoup's server keeps the socket of each WebSocket. */
const gchar *
__lsan_default_suppressions (void)
{
  return "leak:g_socket_accept\nleak:soup_server_listen_local\n";
}

static void
take_buffer (TtsScene * scene, GstBuffer * buffer)
{
  const GstVoiceMeta *meta = gst_voice_meta_get (buffer);
  gint64 now = g_get_monotonic_time ();
  GstMapInfo map;

  g_assert_nonnull (meta);
  g_assert_cmpuint (meta->speech, >, 0);
  g_assert_true (gst_buffer_map (buffer, &map, GST_MAP_READ));
  g_assert_cmpuint (map.size % 2, ==, 0);
  if (map.size > 0) {
    if (scene->sound->len == 0)
      scene->first = map.size;
    g_byte_array_append (scene->sound, map.data, map.size);
    g_array_append_val (scene->came_us, now);
  }
  gst_buffer_unmap (buffer, &map);
  for (guint i = 0; meta->words && i < meta->words->n; i++) {
    const GstVoiceWord *word = &meta->words->word[i];

    g_string_append_printf (scene->words, "%s@%u-%u[%u+%u] ", word->text,
        (guint) (word->start / GST_MSECOND), (guint) (word->end / GST_MSECOND),
        word->offset, word->length);
  }
}

static void
take_event (TtsScene * scene, GstEvent * event)
{
  if (gst_voice_event_is (event, "speech"))
    g_string_append (scene->log, "S|");
  else if (gst_voice_event_is (event, "speech-end"))
    g_string_append (scene->log, "E|");
  else if (GST_EVENT_TYPE (event) == GST_EVENT_EOS)
    g_string_append (scene->log, "EOS|");
}

static GstPadProbeReturn
take (GstPad * pad, GstPadProbeInfo * probed, gpointer data)
{
  TtsScene *scene = data;

  g_mutex_lock (&scene->lock);
  if (probed->type & GST_PAD_PROBE_TYPE_BUFFER)
    take_buffer (scene, GST_PAD_PROBE_INFO_BUFFER (probed));
  else
    take_event (scene, GST_PAD_PROBE_INFO_EVENT (probed));
  g_cond_broadcast (&scene->changed);
  g_mutex_unlock (&scene->lock);
  return GST_PAD_PROBE_OK;
}

void
scene_begin_peer (TtsScene * scene, const ProviderPeerSettings * settings)
{
  GError *error = NULL;

  memset (scene, 0, sizeof *scene);
  scene->peer = provider_peer_new (settings, &error);
  g_assert_no_error (error);
}

static GstBusSyncReply
note_error (GstBus * bus, GstMessage * message, gpointer data)
{
  TtsScene *scene = data;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
    g_mutex_lock (&scene->lock);
    if (!scene->failure)
      gst_message_parse_error (message, &scene->failure, NULL);
    g_cond_broadcast (&scene->changed);
    g_mutex_unlock (&scene->lock);
  }
  return GST_BUS_PASS;
}

void
scene_begin (TtsScene * scene, const gchar * element, const gchar * more,
    GstContext * context)
{
  gchar *url = provider_peer_url (scene->peer, "http", "");
  /* A busy machine is no fault; who waits for one says so in @more. */
  gchar *launch = g_strdup_printf ("%s url=%s api-key=env:TTS_KEY "
      "connect-timeout=20000 first-byte-timeout=20000 stall-timeout=20000 %s",
      element, url, more);
  GError *error = NULL;

  g_setenv ("TTS_KEY", SCENE_KEY, TRUE);
  g_mutex_init (&scene->lock);
  g_cond_init (&scene->changed);
  scene->sound = g_byte_array_new ();
  scene->words = g_string_new (NULL);
  scene->log = g_string_new (NULL);
  scene->came_us = g_array_new (FALSE, FALSE, sizeof (gint64));
  scene->tts = gst_object_ref_sink (gst_parse_launch (launch, &error));
  g_assert_no_error (error);
  scene->bus = gst_bus_new ();
  gst_bus_set_sync_handler (scene->bus, note_error, scene, NULL);
  gst_element_set_bus (scene->tts, scene->bus);
  if (context)
    gst_element_set_context (scene->tts, context);
  scene->h = gst_harness_new_with_element (scene->tts, "sink", "src");
  gst_pad_add_probe (scene->h->sinkpad, GST_PAD_PROBE_TYPE_BUFFER |
      GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, take, scene, NULL);
  gst_harness_set_src_caps_str (scene->h, "text/x-raw,format=utf8");
  g_free (launch);
  g_free (url);
}

void
scene_open (TtsScene * scene, const gchar * element, const gchar * more)
{
  scene_open_faulty (scene, element, more, NULL, 0, 0);
}

void
scene_open_faulty (TtsScene * scene, const gchar * element,
    const gchar * more, const gchar * fault, guint times, guint after)
{
  const ProviderPeerSettings settings = {.key = SCENE_KEY };

  scene_begin_peer (scene, &settings);
  if (fault)
    g_assert_true (provider_peer_add_fault (scene->peer, fault, 1, times,
            after));
  scene_begin (scene, element, more, NULL);
}

void
scene_open_persona (TtsScene * scene, const gchar * element,
    const gchar * language, const gchar * voice)
{
  const ProviderPeerSettings settings = {.key = SCENE_KEY };
  gchar *json = g_strdup_printf ("{\"name\": \"a\", \"pipeline\": "
      "\"a.launch\", \"language\": \"%s\", \"voice\": \"%s\"}",
      language, voice);
  GstContext *context = scene_persona (json);

  scene_begin_peer (scene, &settings);
  scene_begin (scene, element, "", context);
  gst_context_unref (context);
  g_free (json);
}

void
scene_end (TtsScene * scene)
{
  gst_harness_teardown (scene->h);
  gst_element_set_bus (scene->tts, NULL);
  gst_object_unref (scene->bus);
  g_clear_error (&scene->failure);
  gst_object_unref (scene->tts);
  provider_peer_free (scene->peer);
  g_byte_array_unref (scene->sound);
  g_string_free (scene->words, TRUE);
  g_string_free (scene->log, TRUE);
  g_array_unref (scene->came_us);
  g_mutex_clear (&scene->lock);
  g_cond_clear (&scene->changed);
}

void
scene_say (TtsScene * scene, const gchar * text, guint generation)
{
  GstBuffer *buffer = gst_voice_text_buffer_new (text);

  gst_voice_meta_add (buffer)->generation = generation;
  gst_harness_push (scene->h, buffer);
}

void
scene_interrupt (TtsScene * scene, guint generation)
{
  gst_harness_push_event (scene->h, gst_voice_event_new (GST_VOICE_OOB, NULL,
          gst_voice_structure_new ("interrupt", "generation", generation,
              "reason", "words", "force", FALSE, NULL)));
}

/* What has failed will not come. */
static void
wait_locked (TtsScene * scene)
{
  g_assert_no_error (scene->failure);
  g_cond_wait (&scene->changed, &scene->lock);
}

void
scene_wait (TtsScene * scene, const gchar * in_log)
{
  g_mutex_lock (&scene->lock);
  while (!strstr (scene->log->str, in_log))
    wait_locked (scene);
  g_mutex_unlock (&scene->lock);
}

void
scene_wait_sound (TtsScene * scene, gsize bytes)
{
  g_mutex_lock (&scene->lock);
  while (scene->sound->len < bytes)
    wait_locked (scene);
  g_mutex_unlock (&scene->lock);
}

static guint
count (const gchar * text, const gchar * what)
{
  guint n = 0;

  for (; (text = strstr (text, what)); text++)
    n++;
  return n;
}

/* Each is a speech of its own here. */
void
scene_wait_sentences (TtsScene * scene, guint n)
{
  g_mutex_lock (&scene->lock);
  while (count (scene->log->str, "E|") < n)
    wait_locked (scene);
  g_mutex_unlock (&scene->lock);
}

void
scene_finish (TtsScene * scene)
{
  gst_harness_push_event (scene->h, gst_event_new_eos ());
  scene_wait (scene, "EOS|");
}

gsize
scene_word_size (guint rate)
{
  return rate * PROVIDER_WORD_MS / 1000 * 2;
}

void
scene_assert_sound (TtsScene * scene, const gchar * words, guint rate)
{
  gchar **each = g_strsplit (words, " ", -1);
  GByteArray *expected = g_byte_array_new ();

  for (guint i = 0; each[i] && *each[i]; i++) {
    GBytes *tone = provider_voice_word (each[i], VOICE_S16, rate);

    g_byte_array_append (expected, g_bytes_get_data (tone, NULL),
        g_bytes_get_size (tone));
    g_bytes_unref (tone);
  }
  g_mutex_lock (&scene->lock);
  g_assert_cmpmem (scene->sound->data, scene->sound->len, expected->data,
      expected->len);
  g_mutex_unlock (&scene->lock);
  g_byte_array_unref (expected);
  g_strfreev (each);
}

void
scene_assert_words (TtsScene * scene, const gchar * words)
{
  g_mutex_lock (&scene->lock);
  g_assert_cmpstr (scene->words->str, ==, words);
  g_mutex_unlock (&scene->lock);
}

void
scene_assert_fails (TtsScene * scene, const gchar * code)
{
  scene_assert_error (scene->bus, code);
}

/* Returns: (transfer full) (nullable): the next of that name */
GstStructure *
scene_pop (TtsScene * scene, const gchar * name)
{
  GstStructure *found = NULL;
  GstMessage *message;

  while (!found && (message = gst_bus_pop_filtered (scene->bus,
              GST_MESSAGE_ELEMENT))) {
    if (gst_structure_has_name (gst_message_get_structure (message), name))
      found = gst_structure_copy (gst_message_get_structure (message));
    gst_message_unref (message);
  }
  return found;
}

void
scene_assert_usage (TtsScene * scene, const gchar * model, guint n)
{
  GstStructure *usage = scene_pop (scene, "voice/usage");

  g_assert_nonnull (usage);
  g_assert_cmpstr (gst_voice_structure_string (usage, "model"), ==, model);
  g_assert_cmpuint (gst_voice_structure_uint (usage, "characters"), ==, n);
  gst_structure_free (usage);
}

void
scene_cut (TtsScene * scene, guint n, guint asked)
{
  static const ProviderLatency latency = {.first = 5,.between = 20 };
  gsize size = scene_word_size (24000);

  provider_peer_set_latency (scene->peer, &latency);
  scene_say (scene, "A b c d e f g h i j k l m n o p q r s t u v.", 0);
  scene_wait_sound (scene, n * size);
  if (n == 0)
    provider_peer_message (scene->peer, asked);
  scene_interrupt (scene, 1);
  g_mutex_lock (&scene->lock);
  g_assert_cmpuint (scene->sound->len, <, 22 * size);
  g_byte_array_set_size (scene->sound, 0);
  g_string_truncate (scene->words, 0);
  g_mutex_unlock (&scene->lock);
}

void
scene_say_two (TtsScene * scene)
{
  scene_say (scene, "One.", 0);
  scene_wait_sentences (scene, 1);
  scene_say (scene, "Two three.", 0);
}

/* Only the deadline that is to pass is short: another could pass before the
 * fault on a busy machine. */
static const gchar *
deadline_of (const gchar * code)
{
  if (strcmp (code, "connect-timeout") == 0)
    return "connect-timeout=300";
  if (strcmp (code, "first-byte-timeout") == 0)
    return "first-byte-timeout=300";
  return strcmp (code, "stalled") == 0 ? "stall-timeout=300" : "";
}

void
scene_assert_faults (const gchar * element, const SceneFault * faults, guint n)
{
  for (guint i = 0; i < n; i++) {
    TtsScene scene;

    g_test_message ("%s after %u", faults[i].fault, faults[i].after);
    scene_open_faulty (&scene, element, deadline_of (faults[i].code),
        faults[i].fault, 0, faults[i].after);
    scene_say (&scene, "One two three.", 0);
    scene_assert_fails (&scene, faults[i].code);
    scene_end (&scene);
  }
}

/* At any time. */
void
scene_assert_stops (const gchar * element)
{
  static const ProviderLatency latency = {.between = 10 };

  for (guint i = 0; i < 12; i++) {
    TtsScene scene;

    scene_open (&scene, element, "");
    provider_peer_set_latency (scene.peer, &latency);
    if (i % 6 > 0)
      scene_say (&scene, "A b c d e f g h i j k l m n o p q.", 0);
    if (i % 6 == 2)
      provider_peer_request (scene.peer, 0);
    if (i % 6 > 2)
      scene_wait_sound (&scene, 1);
    if (i % 6 == 4)
      scene_interrupt (&scene, 1);
    if (i % 6 == 5)
      provider_peer_break (scene.peer, "stall-body");
    scene_end (&scene);
  }
}

/* Nothing is heard behind it, though the service may speak of it meanwhile. */
void
scene_assert_interruption (const gchar * element, const gchar * words)
{
  static const ProviderLatency slow = {.between = 50 };
  gsize word = scene_word_size (24000);
  TtsScene scene;

  scene_open (&scene, element, "");
  provider_peer_set_latency (scene.peer, &slow);
  scene_say (&scene, "One two three four five six seven eight.", 0);
  scene_wait_sound (&scene, word);
  scene_interrupt (&scene, 1);
  scene_say (&scene, "Nine.", 1);
  scene_wait_sentences (&scene, 2);
  g_assert_cmpuint (scene.sound->len, <, 8 * word);
  g_assert_true (g_str_has_suffix (scene.words->str, words));
  g_byte_array_remove_range (scene.sound, 0, scene.sound->len - word);
  scene_assert_sound (&scene, "Nine.", 24000);
  scene_end (&scene);
}

/* It is opened again before anybody needs it, and nobody is told. */
void
scene_assert_reconnects (const gchar * element)
{
  TtsScene scene;

  scene_open (&scene, element, "");
  scene_say (&scene, "One.", 0);
  scene_wait_sentences (&scene, 1);
  provider_peer_break (scene.peer, "reset");
  provider_peer_request (scene.peer, 1);
  scene_say (&scene, "Two.", 0);
  scene_finish (&scene);
  scene_assert_sound (&scene, "One. Two.", 24000);
  g_assert_null (scene_pop (&scene, "voice/provider"));
  scene_end (&scene);
}

static gint
compare (gconstpointer a, gconstpointer b)
{
  const gint64 *x = a, *y = b;

  return *x < *y ? -1 : *x > *y;
}

/* The stand-in sends at once what it is asked for; the way there and the other
 * pieces of its work are in the figure. */
void
scene_measure (const gchar * element)
{
  TtsScene scene;
  GArray *took = g_array_new (FALSE, FALSE, sizeof (gint64));

  scene_open (&scene, element, "");
  scene_say (&scene, "Warm up.", 0);
  scene_wait_sentences (&scene, 1);
  for (guint i = 0; i < 20; i++) {
    guint before;
    gint64 asked, us;

    g_mutex_lock (&scene.lock);
    before = scene.came_us->len;
    g_mutex_unlock (&scene.lock);
    asked = g_get_monotonic_time ();
    scene_say (&scene, "One.", 0);
    scene_wait_sentences (&scene, i + 2);
    us = g_array_index (scene.came_us, gint64, before) - asked;
    g_array_append_val (took, us);
  }
  g_array_sort (took, compare);
  g_test_message ("%s: sentence in to first sound out, with the stand-in's own "
      "time: median %" G_GINT64_FORMAT " us, worst %" G_GINT64_FORMAT " us",
      element, g_array_index (took, gint64, 10), g_array_index (took, gint64,
          19));
  g_array_unref (took);
  scene_end (&scene);
}
