/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A call whose hearing, thinking and speaking are two services each, in a
 * `fallback`, over sockets to stand-ins of its own; the first of a kind gets
 * one fault at one moment. The caller says words that the stand-ins know by
 * their marks, and what the agent says is known by its tones: so what is lost
 * or comes twice between the caller's mouth and the model, and between the
 * model and the caller's ear, is seen.
 *
 * Threads: a call is played by one thread; its probes are called in others.
 * Locks: `lock` guards what they write, and is a leaf.
 */
#include "faults-call.h"

#include <flite/flite.h>
#include <glib/gstdio.h>
#include <gst-voice/chat.h>
#include <gst-voice/events.h>
#include <gst-voice/session.h>
#include <provider-mind.h>
#include <provider-voice.h>
#include <spoken-words.h>
#include <string.h>

#define RATE 16000
#define WORD_MS 250             /* of the caller */
#define CARRIER "please write that down for me and go on with the rest of it"
#define FIRST "alpha bravo charlie delta"
#define SECOND "echo foxtrot golf hotel india juliet kilo lima"
#define BRIEF "echo foxtrot golf"
#define HEARD FIRST " " SECOND
#define FIRST_LINE "play first.raw rate=16000 says \"" FIRST "\"\n"
#define SECOND_LINE "play second.raw rate=16000 says \"" SECOND "\"\n"
#define BRIEF_LINE "play brief.raw rate=16000 says \"" BRIEF "\"\n"
#define FIRST_REPLY "mike november papa quebec"
#define REPLY "romeo tango uniform xray yankee zulu river window silver " \
    "summer morning bridge"
#define SAID FIRST_REPLY " " REPLY
#define LONGEST (40 * G_USEC_PER_SEC)
#define MID_UTTERANCE_US 900000
#define IDLE_US 250000
#define TOKENS 3                /* before a reply is in its middle */

#define SCRIPT "{\"words\":[\"alpha\",\"bravo\",\"charlie\",\"delta\"," \
    "\"echo\",\"foxtrot\",\"golf\",\"hotel\",\"india\",\"juliet\",\"kilo\"," \
    "\"lima\"],\"hear\":[\"nothing\"],\"answers\":[" \
    "{\"when\":\"alpha\",\"say\":\"Mike november papa quebec.\"}," \
    "{\"when\":\"\",\"say\":\"Romeo tango uniform xray yankee zulu. " \
    "River window silver summer morning bridge.\"}]}"

struct _FaultsCall
{
  const FaultsPlan *plan;
  ProviderPeer *peers[STAGES][2];
  GstElement *pipeline;
  GstVoiceSession *session;
  GstBus *bus;
  gint64 began;
  gboolean ended, failed, done; /* done: the fault */
  guint turns;                  /* of the caller, begun */
  gint64 turn_at;               /* us, machine's clock */
  GstClockTime turn_end;        /* of the last one, running time */
  guint switches;
  GString *codes;
  gint64 progress;              /* something has happened last */

  /* lock */
  GMutex lock;
  SpokenWords *spoken;
  GstClockTime sound_base;      /* running time of its first sample */
  gint64 sounded;               /* us, machine's clock: the last sound, or 0 */
  gboolean speaks;              /* since the caller's last turn */
  guint tokens;                 /* likewise */
};

static gchar *folder, *pem, *bad_pem, *callers[3];

cst_voice *register_cmu_us_rms (const char *voxdir);

static gboolean
run_openssl (const gchar * path, const gchar * subject)
{
  const gchar *command[] = { "openssl", "req", "-x509", "-newkey", "ec",
    "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
    "-subj", subject, "-addext", "subjectAltName=IP:127.0.0.1", "-keyout",
    path, "-out", path, NULL
  };
  gint status = 1;

  return g_spawn_sync (NULL, (gchar **) command, NULL, G_SPAWN_SEARCH_PATH
      | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL,
      NULL, NULL, &status, NULL) && status == 0;
}

/* Words of equal length, each with its mark. */
static GByteArray *
speak (const cst_wave * wave, guint first, guint n)
{
  GByteArray *sound = g_byte_array_new ();
  gsize word = RATE * WORD_MS / 1000;
  gsize begin = 0;

  while (begin < (gsize) wave->num_samples && ABS (wave->samples[begin]) < 500)
    begin++;
  for (guint i = 0; i < n; i++) {
    gint16 *samples = g_new0 (gint16, word);

    for (gsize k = 0; k < word; k++)
      samples[k] = wave->samples[(begin + i * word + k) % wave->num_samples];
    provider_voice_add_mark (samples, word, RATE, first + i);
    g_byte_array_append (sound, (guint8 *) samples, word * 2);
    g_free (samples);
  }
  return sound;
}

static void
write_sound (const cst_wave * wave, const gchar * name, guint first, guint n)
{
  gchar *path = g_build_filename (folder, name, NULL);
  GByteArray *sound = speak (wave, first, n);

  if (!g_file_set_contents (path, (gchar *) sound->data, sound->len, NULL))
    g_error ("%s cannot be written", path);
  g_byte_array_unref (sound);
  g_free (path);
}

static void
write_caller (guint i, const gchar * name, const gchar * text)
{
  callers[i] = g_build_filename (folder, name, NULL);
  if (!g_file_set_contents (callers[i], text, -1, NULL))
    g_error ("%s cannot be written", callers[i]);
}

static void
write_callers (void)
{
  cst_wave *wave;

  flite_init ();
  wave = flite_text_to_wave (CARRIER, register_cmu_us_rms (NULL));
  if (wave->sample_rate != RATE || wave->num_samples < 2 * RATE)
    g_error ("the caller's voice is not as it was");
  write_sound (wave, "first.raw", 0, 4);
  write_sound (wave, "second.raw", 4, 8);
  write_sound (wave, "brief.raw", 4, 3);
  delete_wave (wave);
  write_caller (0, "words.caller", "at 0.4 " FIRST_LINE "after agent 0.7 "
      SECOND_LINE "end\n");
  write_caller (1, "clock.caller", "at 0.4 " FIRST_LINE "after 6 " SECOND_LINE
      "after 8 end\n");
  write_caller (2, "brief.caller", "at 0.4 " FIRST_LINE "after agent 0.7 "
      BRIEF_LINE "after 7 end\n");
}

/**
 * faults_prepare:
 *
 * Before anything of GStreamer: what callers say, and certificates.
 */
void
faults_prepare (void)
{
  folder = g_dir_make_tmp ("faults-XXXXXX", NULL);
  pem = g_build_filename (folder, "peer.pem", NULL);
  bad_pem = g_build_filename (folder, "bad.pem", NULL);
  if (!run_openssl (pem, "/CN=127.0.0.1")
      || !run_openssl (bad_pem, "/CN=elsewhere.invalid"))
    g_error ("openssl cannot make certificates");
  g_setenv ("GST_VOICE_CA_FILE", pem, TRUE);
  g_setenv ("FAULTS_KEY", "stand-in", TRUE);
  write_callers ();
}

void
faults_clean_up (void)
{
  const gchar *names[] = { "peer.pem", "bad.pem", "first.raw", "second.raw",
    "words.caller", "clock.caller", "brief.raw", "brief.caller"
  };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    gchar *path = g_build_filename (folder, names[i], NULL);

    g_unlink (path);
    g_free (path);
  }
  g_rmdir (folder);
  g_clear_pointer (&folder, g_free);
  g_clear_pointer (&pem, g_free);
  g_clear_pointer (&bad_pem, g_free);
  g_clear_pointer (&callers[0], g_free);
  g_clear_pointer (&callers[1], g_free);
  g_clear_pointer (&callers[2], g_free);
}

static ProviderPeer *
new_peer (FaultsStage stage, gboolean tls)
{
  static const ProviderLatency latencies[STAGES] = {
    {.head = 20,.first = 50},
    {.head = 60,.first = 50,.between = 40},
    {.head = 20,.first = 100,.between = 40},
  };
  const ProviderPeerSettings settings = {
    .script = SCRIPT,.forget = TRUE,.pem = tls ? pem : NULL,
    .bad_pem = tls ? bad_pem : NULL
  };
  GError *error = NULL;
  ProviderPeer *peer = provider_peer_new (&settings, &error);

  if (!peer)
    g_error ("%s", error->message);
  provider_peer_set_latency (peer, &latencies[stage]);
  return peer;
}

static void
make_peers (FaultsCall * call)
{
  const FaultsPlan *plan = call->plan;

  for (guint i = 0; i < STAGES; i++) {
    gboolean tls = i == plan->stage && !g_strcmp0 (plan->fault, "bad-tls");

    call->peers[i][0] = new_peer (i, tls);
    call->peers[i][1] = new_peer (i, FALSE);
  }
}

static void
append_child (GString * launch, FaultsCall * call, FaultsStage stage,
    guint which, const gchar * element)
{
  gchar *url = provider_peer_url (call->peers[stage][which], "http", "");

  g_string_append_printf (launch, "%s url=%s api-key=env:FAULTS_KEY ", element,
      url);
  g_free (url);
}

static void
append_fallback (GString * launch, FaultsCall * call, FaultsStage stage,
    const gchar * name)
{
  g_string_append_printf (launch, "! %s.sink fallback.( name=%s ", name, name);
  append_child (launch, call, stage, 0, call->plan->first[stage]);
  append_child (launch, call, stage, 1, call->plan->second[stage]);
  g_string_append_printf (launch, ") %s.src ", name);
}

static GstElement *
make_pipeline (FaultsCall * call)
{
  GString *launch = g_string_new (NULL);
  GError *error = NULL;
  GstElement *pipeline;

  g_string_append_printf (launch, "callersrc location=%s rate=%u ! vad ",
      callers[call->plan->brief ? 2 : call->plan->by_clock], RATE);
  append_fallback (launch, call, HEARING, "h");
  g_string_append (launch, "! turn complete-delay=300 unknown-delay=300 "
      "incomplete-delay=300 ");
  append_fallback (launch, call, THINKING, "m");
  g_string_append (launch, "! toolcall name=tools ! speakable ");
  append_fallback (launch, call, SPEAKING, "v");
  g_string_append_printf (launch, "! playout name=mouth rate=%u ! fakesink "
      "sync=false async=false enable-last-sample=false", RATE);
  pipeline = gst_parse_launch_full (launch->str, NULL,
      GST_PARSE_FLAG_FATAL_ERRORS, &error);
  if (!pipeline)
    g_error ("%s: %s", launch->str, error->message);
  g_string_free (launch, TRUE);
  return pipeline;
}

static gboolean
is_loud (const gint16 * samples, gsize n)
{
  for (gsize i = 0; i < n; i++) {
    if (ABS (samples[i]) > 1000)
      return TRUE;
  }
  return FALSE;
}

static GstPadProbeReturn
sound_leaves (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  FaultsCall *call = data;
  GstMapInfo map;

  if (!gst_buffer_map (buffer, &map, GST_MAP_READ))
    return GST_PAD_PROBE_OK;
  g_mutex_lock (&call->lock);
  if (!GST_CLOCK_TIME_IS_VALID (call->sound_base))
    call->sound_base = GST_BUFFER_PTS (buffer);
  spoken_words_take (call->spoken, (const gint16 *) map.data, map.size / 2);
  if (is_loud ((const gint16 *) map.data, map.size / 2)) {
    call->sounded = g_get_monotonic_time ();
    call->speaks = TRUE;
  }
  g_mutex_unlock (&call->lock);
  gst_buffer_unmap (buffer, &map);
  return GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
token_passes (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  FaultsCall *call = data;

  g_mutex_lock (&call->lock);
  call->tokens++;
  g_mutex_unlock (&call->lock);
  return GST_PAD_PROBE_OK;
}

static void
watch (FaultsCall * call, const gchar * element, const gchar * pad_name,
    GstPadProbeCallback func)
{
  GstElement *found = gst_bin_get_by_name (GST_BIN (call->pipeline), element);
  GstPad *pad = gst_element_get_static_pad (found, pad_name);

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, func, call, NULL);
  gst_object_unref (pad);
  gst_object_unref (found);
}

/**
 * faults_call_start:
 * @plan: must outlive the call
 *
 * Returns: (transfer full): a call that plays, to be ended
 */
FaultsCall *
faults_call_start (const FaultsPlan * plan)
{
  FaultsCall *call = g_new0 (FaultsCall, 1);
  GstContext *context;

  call->plan = plan;
  g_mutex_init (&call->lock);
  call->codes = g_string_new (NULL);
  call->spoken = spoken_words_new (SAID, RATE);
  call->sound_base = GST_CLOCK_TIME_NONE;
  call->session = gst_voice_session_new (NULL);
  make_peers (call);
  call->pipeline = make_pipeline (call);
  call->bus = gst_element_get_bus (call->pipeline);
  context = gst_voice_session_to_context (call->session);
  gst_element_set_context (call->pipeline, context);
  gst_context_unref (context);
  watch (call, "mouth", "src", sound_leaves);
  watch (call, "tools", "sink", token_passes);
  call->began = call->progress = g_get_monotonic_time ();
  if (gst_element_set_state (call->pipeline, GST_STATE_PLAYING) ==
      GST_STATE_CHANGE_FAILURE)
    call->failed = call->ended = TRUE;
  return call;
}

static void
note_code (FaultsCall * call, GstMessage * message)
{
  const GstStructure *details = NULL;
  const gchar *code = NULL;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_WARNING)
    gst_message_parse_warning_details (message, &details);
  else
    gst_message_parse_error_details (message, &details);
  if (details)
    code = gst_structure_get_string (details, "code");
  g_string_append_printf (call->codes, "%s%s", call->codes->len ? " " : "",
      code ? code : "?");
}

static void
turn_begins (FaultsCall * call, const GstStructure * s)
{
  call->turns++;
  call->turn_at = g_get_monotonic_time ();
  call->turn_end = gst_voice_structure_time (s, "at")
      + gst_voice_structure_time (s, "duration");
  g_mutex_lock (&call->lock);
  call->speaks = FALSE;
  call->tokens = 0;
  g_mutex_unlock (&call->lock);
}

static void
take_message (FaultsCall * call, GstMessage * message)
{
  const GstStructure *s = gst_message_get_structure (message);

  switch (GST_MESSAGE_TYPE (message)) {
    case GST_MESSAGE_EOS:
      call->ended = TRUE;
      break;
    case GST_MESSAGE_ERROR:
      call->ended = call->failed = TRUE;
      note_code (call, message);
      break;
    case GST_MESSAGE_WARNING:
      note_code (call, message);
      break;
    case GST_MESSAGE_ELEMENT:
      if (gst_structure_has_name (s, "voice/caller"))
        turn_begins (call, s);
      else if (gst_structure_has_name (s, "voice/provider"))
        call->switches += strcmp (gst_voice_structure_string (s, "state"),
            "switched") == 0;
      break;
    default:
      return;
  }
  call->progress = g_get_monotonic_time ();
}

static gboolean
is_at (FaultsCall * call)
{
  FaultsMoment moment = call->plan->moment;
  gint64 now = g_get_monotonic_time ();
  gboolean yes = FALSE;

  g_mutex_lock (&call->lock);
  if (moment == IDLE)
    yes = call->turns == 1 && call->speaks && now - call->sounded > IDLE_US;
  else if (moment == MID_UTTERANCE)
    yes = call->turns == 2 && now - call->turn_at > MID_UTTERANCE_US;
  else if (moment == MID_REPLY && call->plan->stage == HEARING)
    yes = call->turns == 1 && call->speaks;
  else if (moment == MID_REPLY && call->plan->stage == THINKING)
    yes = call->turns == 2 && call->tokens >= TOKENS;
  else if (moment == MID_REPLY)
    yes = call->turns == 2 && call->speaks;
  g_mutex_unlock (&call->lock);
  return yes;
}

/**
 * faults_call_inject:
 * @which: of the two
 * @fault: as provider-peer.h names it
 *
 * From now on, also for what is open.
 */
void
faults_call_inject (FaultsCall * call, FaultsStage stage, guint which,
    const gchar * fault)
{
  ProviderPeer *peer = call->peers[stage][which];

  provider_peer_add_fault (peer, fault, 0, 0, 0);
  /* What comes before an answer does not happen to what is open: that breaks,
   * and what is asked then fails. */
  if (!provider_peer_break (peer, fault))
    provider_peer_break (peer, "reset");
}

void
faults_call_mend (FaultsCall * call)
{
  for (guint i = 0; i < STAGES; i++) {
    provider_peer_mend (call->peers[i][0]);
    provider_peer_mend (call->peers[i][1]);
  }
}

/**
 * faults_call_step:
 *
 * Plays for 10 ms.
 *
 * Returns: whether the call goes on
 */
gboolean
faults_call_step (FaultsCall * call)
{
  GstMessage *message;

  message = gst_bus_timed_pop (call->bus, 10 * GST_MSECOND);
  while (message) {
    take_message (call, message);
    gst_message_unref (message);
    message = call->ended ? NULL : gst_bus_pop (call->bus);
  }
  if (!call->done && call->plan->fault && is_at (call)) {
    faults_call_inject (call, call->plan->stage, 0, call->plan->fault);
    call->done = TRUE;
  }
  return !call->ended;
}

/**
 * faults_call_quiet_for:
 *
 * Returns: us since anything was told or heard
 */
gint64
faults_call_quiet_for (FaultsCall * call)
{
  gint64 last;

  g_mutex_lock (&call->lock);
  last = MAX (call->progress, call->sounded);
  g_mutex_unlock (&call->lock);
  return g_get_monotonic_time () - last;
}

static gchar *
heard_by_model (FaultsCall * call)
{
  JsonArray *messages =
      gst_voice_chat_render (gst_voice_session_chat (call->session));
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < json_array_get_length (messages); i++) {
    JsonObject *message = json_array_get_object_element (messages, i);

    if (strcmp (json_object_get_string_member_with_default (message, "role",
                ""), "user") == 0)
      g_string_append_printf (text, "%s ",
          json_object_get_string_member_with_default (message, "content", ""));
  }
  json_array_unref (messages);
  g_string_ascii_down (text);
  for (gchar * p = text->str; *p; p++)
    *p = g_ascii_isalnum (*p) ? *p : ' ';
  return g_strstrip (g_string_free (text, FALSE));
}

static gchar *
said_to_caller (FaultsCall * call)
{
  gchar **words = g_strsplit (SAID, " ", -1);
  GString *text = g_string_new (NULL);
  GArray *found = spoken_words_get (call->spoken);

  for (guint i = 0; i < found->len; i++)
    g_string_append_printf (text, "%s%s", i ? " " : "",
        words[g_array_index (found, SpokenWord, i).word]);
  g_strfreev (words);
  return g_string_free (text, FALSE);
}

static guint
count (GPtrArray * words, const gchar * word)
{
  guint n = 0;

  for (guint i = 0; i < words->len; i++)
    n += strcmp (words->pdata[i], word) == 0;
  return n;
}

static void
compare (const gchar * wanted, const gchar * got, FaultsOutcome * outcome)
{
  GPtrArray *a = provider_words (wanted), *b = provider_words (got);
  guint lost = 0;

  for (guint i = 0; i < a->len; i++)
    lost += count (b, a->pdata[i]) == 0;
  outcome->lost += lost;
  outcome->again += b->len - MIN (b->len, a->len - lost);
  if (lost == 0 && a->len == b->len)
    for (guint i = 0; i < a->len; i++)
      outcome->moved |= strcmp (a->pdata[i], b->pdata[i]) != 0;
  g_ptr_array_unref (a);
  g_ptr_array_unref (b);
}

/* From the caller's last word to the agent's last, without what sounds. */
static gint64
silence_of (FaultsCall * call)
{
  gint64 base = call->sound_base / 1000, from = call->turn_end / 1000;
  gint64 last = from, sound = 0;
  GArray *found = spoken_words_get (call->spoken);

  for (guint i = 0; i < found->len; i++) {
    const SpokenWord *word = &g_array_index (found, SpokenWord, i);

    if (base + word->start < from)
      continue;
    sound += word->end - word->start;
    last = base + word->end;
  }
  return last - from - sound;
}

/**
 * faults_call_end:
 * @outcome: (out): to be cleared
 *
 * Stops the call, its stand-ins too.
 */
void
faults_call_end (FaultsCall * call, FaultsOutcome * outcome)
{
  memset (outcome, 0, sizeof *outcome);
  outcome->stuck = !call->ended;
  gst_element_set_state (call->pipeline, GST_STATE_NULL);
  spoken_words_finish (call->spoken);
  outcome->failed = call->failed;
  outcome->switches = call->switches;
  g_strlcpy (outcome->codes, call->codes->str, sizeof outcome->codes);
  outcome->heard = heard_by_model (call);
  outcome->said = said_to_caller (call);
  compare (call->plan->brief ? FIRST " " BRIEF : HEARD, outcome->heard,
      outcome);
  compare (SAID, outcome->said, outcome);
  outcome->silence = silence_of (call);
  gst_object_unref (call->bus);
  gst_object_unref (call->pipeline);
  g_object_unref (call->session);
  for (guint i = 0; i < STAGES; i++) {
    provider_peer_free (call->peers[i][0]);
    provider_peer_free (call->peers[i][1]);
  }
  spoken_words_free (call->spoken);
  g_string_free (call->codes, TRUE);
  g_mutex_clear (&call->lock);
  g_free (call);
}

void
faults_outcome_clear (FaultsOutcome * outcome)
{
  g_clear_pointer (&outcome->heard, g_free);
  g_clear_pointer (&outcome->said, g_free);
}

/**
 * faults_play:
 * @outcome: (out): to be cleared
 *
 * Plays a whole call.
 */
void
faults_play (const FaultsPlan * plan, FaultsOutcome * outcome)
{
  FaultsCall *call = faults_call_start (plan);
  gint64 until = g_get_monotonic_time () + LONGEST;

  while (faults_call_step (call) && g_get_monotonic_time () < until);
  faults_call_end (call, outcome);
}
