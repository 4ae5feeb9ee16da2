/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A `fallback` of real providers, over sockets to stand-ins for their services:
 * the first fails in the middle, and no word is lost, none comes twice. The
 * words of a caller have marks, and those of a voice are tones, so it is told
 * by the sound. Time stands still for the `fallback`: what fails says so, or is
 * found out by the providers' own deadlines.
 *
 * Threads: what comes out is noted in the children's. Locks: `lock` guards it.
 */
#include <gst-voice/events.h>
#include <gst-voice/health.h>
#include <gst-voice/meta.h>
#include <gst/check/gstharness.h>
#include <provider-peer.h>
#include <provider-voice.h>
#include <spoken-words.h>
#include <string.h>

#define RATE 16000
#define WORD_MS 240
#define FRAME_MS 20
#define HEARD "alpha bravo charlie delta echo foxtrot golf hotel"
#define REPLY "romeo tango uniform xray yankee zulu river window"

typedef struct
{
  ProviderPeer *peers[2];
  GstElement *fallback;
  GstHarness *h;
  GstBus *bus;
  guint rate;                   /* of the sound that comes out */

  GMutex lock;
  GCond cond;
  /* lock */
  GString *text;                /* that came out */
  SpokenWords *spoken;
  gboolean over;                /* a speech has ended, or all */
  const gchar *ears[2];         /* (nullable) */
  gboolean paid[2];             /* of them */
} Talk;

static void
note_text (Talk * talk, GstBuffer * buffer)
{
  gchar *text = gst_voice_text_buffer_get (buffer);

  g_string_append_printf (talk->text, "%s ", text);
  g_free (text);
}

static void
note_sound (Talk * talk, GstBuffer * buffer)
{
  GstMapInfo map;

  gst_buffer_map (buffer, &map, GST_MAP_READ);
  spoken_words_take (talk->spoken, (const gint16 *) map.data, map.size / 2);
  gst_buffer_unmap (buffer, &map);
}

static void
note_event (Talk * talk, GstEvent * event)
{
  GstCaps *caps;
  gint rate;

  if (GST_EVENT_TYPE (event) == GST_EVENT_CAPS && !talk->spoken) {
    gst_event_parse_caps (event, &caps);
    if (gst_structure_get_int (gst_caps_get_structure (caps, 0), "rate", &rate))
      talk->spoken = spoken_words_new (REPLY, rate);
  }
  talk->over = talk->over || GST_EVENT_TYPE (event) == GST_EVENT_EOS
      || gst_voice_event_is (event, "speech-end");
}

static GstPadProbeReturn
take (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  Talk *talk = data;

  g_mutex_lock (&talk->lock);
  if (!(info->type & GST_PAD_PROBE_TYPE_BUFFER))
    note_event (talk, GST_PAD_PROBE_INFO_EVENT (info));
  else if (talk->spoken)
    note_sound (talk, GST_PAD_PROBE_INFO_BUFFER (info));
  else
    note_text (talk, GST_PAD_PROBE_INFO_BUFFER (info));
  g_cond_broadcast (&talk->cond);
  g_mutex_unlock (&talk->lock);
  return GST_PAD_PROBE_OK;
}

static void
begin (Talk * talk, const gchar * first, const gchar * second,
    const gchar * fault, guint after, const gchar * caps)
{
  const ProviderPeerSettings settings = {
    .script = "{\"words\":[\"alpha\",\"bravo\",\"charlie\",\"delta\",\"echo\","
        "\"foxtrot\",\"golf\",\"hotel\"],\"hear\":[\"nothing\"],"
        "\"answers\":[{\"when\":\"\",\"say\":\"" REPLY "\"}]}"
  };
  GError *error = NULL;
  gchar *urls[2], *launch;

  memset (talk, 0, sizeof *talk);
  gst_voice_health_clear ();
  g_mutex_init (&talk->lock);
  g_cond_init (&talk->cond);
  talk->text = g_string_new (NULL);
  for (guint i = 0; i < 2; i++) {
    talk->peers[i] = provider_peer_new (&settings, &error);
    g_assert_no_error (error);
    urls[i] = provider_peer_url (talk->peers[i], "http", "");
  }
  g_assert_true (provider_peer_add_fault (talk->peers[0], fault, 1, 0, after));
  launch = g_strdup_printf ("fallback.( %s url=%s api-key=env:TALK_KEY "
      "stall-timeout=300 %s url=%s api-key=env:TALK_KEY )", first, urls[0],
      second, urls[1]);
  talk->fallback = gst_object_ref_sink (gst_parse_launch (launch, &error));
  g_assert_no_error (error);
  talk->bus = gst_bus_new ();
  gst_element_set_bus (talk->fallback, talk->bus);
  talk->h = gst_harness_new_with_element (talk->fallback, "sink", "src");
  gst_pad_add_probe (talk->h->sinkpad, GST_PAD_PROBE_TYPE_BUFFER |
      GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, take, talk, NULL);
  gst_harness_set_src_caps_str (talk->h, caps);
  for (guint i = 0; i < 2; i++)
    g_free (urls[i]);
  g_free (launch);
}

/* Whoever has heard something is paid, also if another was better. */
static void
note_usage (Talk * talk, const GstStructure * s)
{
  const gchar *provider = gst_voice_structure_string (s, "provider");

  for (guint i = 0; i < 2 && talk->ears[i]; i++)
    talk->paid[i] |= strcmp (provider, talk->ears[i]) == 0
        && gst_voice_structure_time (s, "audio") > 0;
}

/* Ends it, and that it has failed over exactly once. */
static void
end (Talk * talk)
{
  guint switches = 0;
  GstMessage *message;

  while ((message = gst_bus_pop (talk->bus))) {
    const GstStructure *s = gst_message_get_structure (message);

    g_assert_cmpint (GST_MESSAGE_TYPE (message), !=, GST_MESSAGE_ERROR);
    if (s && gst_structure_has_name (s, "voice/usage"))
      note_usage (talk, s);
    if (s && gst_structure_has_name (s, "voice/provider"))
      switches += strcmp (gst_voice_structure_string (s, "state"),
          "switched") == 0;
    gst_message_unref (message);
  }
  g_assert_cmpuint (switches, ==, 1);
  for (guint i = 0; i < 2 && talk->ears[i]; i++)
    g_assert_true (talk->paid[i]);
  gst_element_set_state (talk->fallback, GST_STATE_NULL);
  gst_harness_teardown (talk->h);
  gst_element_set_bus (talk->fallback, NULL);
  gst_object_unref (talk->bus);
  gst_object_unref (talk->fallback);
  provider_peer_free (talk->peers[0]);
  provider_peer_free (talk->peers[1]);
  g_clear_pointer (&talk->spoken, spoken_words_free);
  g_string_free (talk->text, TRUE);
  g_mutex_clear (&talk->lock);
  g_cond_clear (&talk->cond);
}

static void
wait_over (Talk * talk)
{
  g_mutex_lock (&talk->lock);
  while (!talk->over)
    g_cond_wait (&talk->cond, &talk->lock);
  g_mutex_unlock (&talk->lock);
}

/* Lower case, one space between words. */
static void
assert_words (const gchar * text, const gchar * expected)
{
  gchar **words = g_strsplit_set (text, " .,!?", -1);
  GString *plain = g_string_new (NULL);

  for (gchar ** word = words; *word; word++) {
    if (**word)
      g_string_append_printf (plain, "%s%s", plain->len ? " " : "", *word);
  }
  g_string_ascii_down (plain);
  g_assert_cmpstr (plain->str, ==, expected);
  g_string_free (plain, TRUE);
  g_strfreev (words);
}

/* --- hearing ---------------------------------------------------------- */

static void
push_frame (Talk * talk, const gint16 * samples, GstClockTime at)
{
  gsize size = RATE * FRAME_MS / 1000 * sizeof *samples;
  GstBuffer *buffer = samples ? gst_buffer_new_memdup (samples, size) :
      gst_buffer_new_wrapped (g_malloc0 (size), size);

  GST_BUFFER_PTS (buffer) = at;
  GST_BUFFER_DURATION (buffer) = FRAME_MS * GST_MSECOND;
  g_assert_cmpint (gst_harness_push (talk->h, buffer), ==, GST_FLOW_OK);
}

static void
push_speech (Talk * talk, const gchar * what, const gchar * field,
    GstClockTime at)
{
  gst_harness_push_event (talk->h, gst_voice_event_new (GST_VOICE_OOB, NULL,
          gst_voice_structure_new (what, "running-time", at, field, at, NULL)));
}

static GstClockTime
be_quiet (Talk * talk, GstClockTime at, guint ms)
{
  for (guint i = 0; i < ms / FRAME_MS; i++, at += FRAME_MS * GST_MSECOND)
    push_frame (talk, NULL, at);
  return at;
}

/* Eight words, each with its mark. */
static GstClockTime
say_words (Talk * talk, GstClockTime at)
{
  guint n = RATE * WORD_MS / 1000;
  gint16 *samples = g_new (gint16, n);

  for (guint word = 0; word < 8; word++) {
    for (guint i = 0; i < n; i++)
      samples[i] = i / 40 % 2 ? 3000 : -3000;
    provider_voice_add_mark (samples, n, RATE, word);
    for (guint i = 0; i < WORD_MS / FRAME_MS; i++) {
      push_frame (talk, samples + i * RATE * FRAME_MS / 1000, at);
      at += FRAME_MS * GST_MSECOND;
    }
  }
  g_free (samples);
  return at;
}

static void
hear (const gchar * first, const gchar * second, const gchar * fault,
    guint after)
{
  Talk talk;
  GstClockTime at, said;

  begin (&talk, first, second, fault, after, "audio/x-raw,format=S16LE,"
      "layout=interleaved,channels=1,rate=16000");
  talk.ears[0] = first;
  talk.ears[1] = second;
  at = be_quiet (&talk, 0, 500);
  push_speech (&talk, "speech-start", "onset", at);
  said = say_words (&talk, at);
  at = be_quiet (&talk, said, 600);
  push_speech (&talk, "speech-stop", "end", said);
  be_quiet (&talk, at, 600);
  g_mutex_lock (&talk.lock);
  while (!strstr (talk.text->str, "hotel"))
    g_cond_wait (&talk.cond, &talk.lock);
  g_mutex_unlock (&talk.lock);
  gst_harness_push_event (talk.h, gst_event_new_eos ());
  wait_over (&talk);
  assert_words (talk.text->str, HEARD);
  end (&talk);
}

static void
hearing (void)
{
  hear ("deepgramstt", "assemblyaistt", "reset", 3);
  hear ("deepgramstt", "assemblyaistt", "stall-body", 3);
  hear ("deepgramstt", "assemblyaistt", "malformed", 3);
  hear ("assemblyaistt", "deepgramstt", "reset", 3);
  hear ("deepgramstt", "openaistt", "reset", 3);
}

/* It tries once more, at once, and then another gets the sound; alone it would
 * wait half a second, and two, before it says that it has failed. */
static void
no_waiting (void)
{
  Talk talk;
  GstClockTime said;

  begin (&talk, "deepgramstt", "assemblyaistt", "500", 0, "audio/x-raw,"
      "format=S16LE,layout=interleaved,channels=1,rate=16000");
  push_speech (&talk, "speech-start", "onset", 0);
  said = say_words (&talk, 0);
  push_speech (&talk, "speech-stop", "end", said);
  be_quiet (&talk, said, 600);
  g_mutex_lock (&talk.lock);
  while (!strstr (talk.text->str, "hotel"))
    g_cond_wait (&talk.cond, &talk.lock);
  g_mutex_unlock (&talk.lock);
  g_assert_cmpuint (provider_peer_n_requests (talk.peers[0]), ==, 2);
  end (&talk);
}

/* --- thinking --------------------------------------------------------- */

static void
think (const gchar * first, const gchar * second, const gchar * fault,
    guint after)
{
  GstBuffer *buffer = gst_voice_text_buffer_new ("hello");
  Talk talk;

  begin (&talk, first, second, fault, after, "text/x-raw,format=utf8");
  gst_voice_meta_add (buffer)->turn = 1;
  GST_BUFFER_PTS (buffer) = 0;
  g_assert_cmpint (gst_harness_push (talk.h, buffer), ==, GST_FLOW_OK);
  wait_over (&talk);
  assert_words (talk.text->str, REPLY);
  end (&talk);
}

static void
thinking (void)
{
  think ("openaillm", "geminillm", "reset", 4);
  think ("openaillm", "geminillm", "stall-body", 4);
  think ("openaillm", "geminillm", "429", 0);
  think ("geminillm", "openaillm", "reset", 3);
  think ("geminillm", "openaillm", "huge", 3);
}

/* --- speaking --------------------------------------------------------- */

static void
push_sentence (Talk * talk, const gchar * text, guint offset)
{
  GstBuffer *buffer = gst_voice_text_buffer_new (text);
  GstVoiceMeta *meta = gst_voice_meta_add (buffer);

  meta->speech = 1;
  meta->offset = offset;
  meta->length = strlen (text);
  GST_BUFFER_PTS (buffer) = 0;
  g_assert_cmpint (gst_harness_push (talk->h, buffer), ==, GST_FLOW_OK);
}

static void
assert_spoken (Talk * talk)
{
  gchar **words = g_strsplit (REPLY, " ", -1);
  GString *text = g_string_new (NULL);
  GArray *found;

  spoken_words_finish (talk->spoken);
  found = spoken_words_get (talk->spoken);
  for (guint i = 0; i < found->len; i++)
    g_string_append_printf (text, "%s ", words[g_array_index (found,
                SpokenWord, i).word]);
  assert_words (text->str, REPLY);
  g_string_free (text, TRUE);
  g_strfreev (words);
}

static void
speak (const gchar * first, const gchar * second, const gchar * fault,
    guint after)
{
  Talk talk;

  begin (&talk, first, second, fault, after, "text/x-raw,format=utf8");
  gst_harness_push_event (talk.h, gst_voice_event_new (GST_VOICE_ORDERED, NULL,
          gst_voice_structure_new ("speech", "speech", 1, "source", "reply",
              "interruptible", TRUE, "generation", 0, NULL)));
  push_sentence (&talk, "romeo tango uniform xray ", 0);
  push_sentence (&talk, "yankee zulu river window", 25);
  gst_harness_push_event (talk.h, gst_voice_event_new (GST_VOICE_ORDERED, NULL,
          gst_voice_structure_new ("speech-end", "speech", 1, "generation", 0,
              NULL)));
  wait_over (&talk);
  assert_spoken (&talk);
  end (&talk);
}

static void
speaking (void)
{
  speak ("cartesiatts", "elevenlabstts", "reset", 6);
  speak ("cartesiatts", "elevenlabstts", "stall-body", 6);
  speak ("cartesiatts", "openaitts", "malformed", 6);
  speak ("elevenlabstts", "cartesiatts", "reset", 3);
  speak ("openaitts", "deepgramtts", "500", 0);
  speak ("deepgramtts", "cartesiatts", "refuse", 0);
}

int
main (int argc, char **argv)
{
  int result;

  g_setenv ("TALK_KEY", "stand-in", TRUE);
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/fallback-sockets/hearing", hearing);
  g_test_add_func ("/fallback-sockets/no-waiting", no_waiting);
  g_test_add_func ("/fallback-sockets/thinking", thinking);
  g_test_add_func ("/fallback-sockets/speaking", speaking);
  result = g_test_run ();
  gst_deinit ();
  return result;
}
