/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Records both sides of a call into one stereo file.
 *
 * Threads: each sink pad has a streaming thread, which only copies samples into
 * a ring; the writer's thread owns the file; what ends a recording at EOS runs
 * in a thread of gst_element_call_async(). `writer` is set before the pads are
 * active and cleared after they no longer are, so they read it without a lock.
 * Locks: `lock` (life of a recording) and the object lock (settings), never
 * both, never while calling out; the locks of the pads, the ring and the writer
 * come after `lock`.
 */
/**
 * SECTION:element-callrecorder
 * @title: callrecorder
 *
 * Writes a call into a stereo WAV or Ogg Opus file: what comes into the pad
 * `caller` is on the left, what comes into the pad `agent` on the right. A pad
 * that is not linked stays silent. Without #GstVoiceCallRecorder:location
 * nothing is recorded, and it costs nothing.
 *
 * Frame n of the file belongs to the running time `start + n / rate`, where
 * `start` is the running time of the first buffer of either pad (or
 * #GstVoiceCallRecorder:start-time). Buffers are placed by their timestamps,
 * whatever order they come in: gaps are silence, and where two buffers of a pad
 * overlap the later one wins. A buffer that continues the one before within
 * #GstVoiceCallRecorder:alignment-threshold is appended to it, so that jitter
 * is not heard; the drift of a clock is made up for sample by sample. What
 * comes more than 0.4 s after newer sound is still put in its place in a WAV
 * (over silence only); in Ogg Opus it is left out and counted. A gap of more
 * than an hour is not believed: what comes after it is left out.
 *
 * Both pads take any of the usual rates and may change it. The file's rate is
 * #GstVoiceCallRecorder:rate, or the higher one of the two pads; a linked pad
 * whose rate cannot be known half a second after the first sound counts as
 * 16000 Hz. A WAV of more than 4 GiB becomes an RF64.
 *
 * The element never blocks a live stream: samples are copied and a thread of
 * its own writes them. If the disk is too slow for longer than
 * #GstVoiceCallRecorder:buffer-time, sound is lost and counted. If writing
 * fails (disk full, file removed), the call goes on without a recording.
 * Upstream that is not live, or lives in simulated time, waits for the writer
 * instead, as it would for any file.
 *
 * What was recorded up to a second ago is in the file and can be read after the
 * process was killed. A power cut may cost what the kernel had not written back
 * by then (half a minute on common systems); only the end of a recording waits
 * for the disk.
 *
 * The element takes no part in preroll, does not wait on the clock and does not
 * change the latency. It posts EOS once the file is complete, or after five
 * seconds if the disk hangs. A file that cannot be created is an ERROR in
 * READY→PAUSED.
 *
 * ## Messages
 *
 * Element messages `voice/recording`, which are in the journal too, with the
 * fields
 *
 * - `state` (string): `started`: the first samples are in the file; `overflow`:
 *   sound was lost (told when the disk works again); `paused`, `resumed`: the
 *   property was set; `stopped`: the file is complete; `failed`: nothing more
 *   is written (a warning with the reason is posted too). The last one is
 *   `stopped` or `failed`.
 * - `location` (string): the file
 * - `running-time` (#GstClockTime): that of the first frame for `started`, that
 *   of the newest sound otherwise
 * - `duration` (#GstClockTime): how much is in the file
 * - `lost` (#GstClockTime): sound that was lost, of both channels together
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 audiotestsrc num-buffers=100 ! audio/x-raw,rate=16000 ! \
 *   rec.caller audiotestsrc num-buffers=100 freq=880 ! \
 *   audio/x-raw,rate=24000 ! rec.agent \
 *   callrecorder name=rec location=call.wav
 * ]| Two tones, one on the left and one on the right.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstcallrecorder.h"
#include "recorder-settings.h"
#include "recording-writer.h"

#include <gst-voice/clock.h>
#include <gst-voice/events.h>
#include <gst-voice/session.h>
#include <gst/audio/audio.h>

GST_DEBUG_CATEGORY_STATIC (callrecorder_debug);
#define GST_CAT_DEFAULT callrecorder_debug

#define DEFAULT_RATE 16000

#define MAX_BYTES_PER_SECOND (48000 * sizeof (gint16))
/* How long the file's rate may depend on a pad that has no caps yet. */
#define RATE_DEADLINE (500 * GST_MSECOND)
/* µs that the disk gets before it counts as hung. */
#define PATIENCE (5 * G_TIME_SPAN_SECOND)

enum
{
  PROP_PAUSED = N_SETTINGS,
  PROP_STATS,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

/* One side of the call. */
typedef struct
{
  /* set once */
  GstPad *pad;
  guint channel;

  /* the pad's stream lock */
  GstSegment segment;
  GstClockTime next;            /* running time after the last buffer */
  GstVoiceCallRecorderOverflow overflow;
  gboolean live;

  /* lock */
  guint rate;
  guint expected;               /* rate, if upstream knows but one */
  gboolean eos;
} Side;

struct _GstVoiceCallRecorder
{
  GstElement parent;

  /* set once */
  Side sides[RECORDING_CHANNELS];

  /* see the head comment; changed with the lock */
  RecordingWriter *writer;
  RecordingRing *ring;          /* the writer's */

  /* object lock */
  RecorderSettings settings;

  gint simulated;               /* atomic: so is time */
  gint paused;                  /* atomic */
  gint started;                 /* atomic; set with the lock */

  GMutex lock;
  GCond cond;

  /* lock */
  GstVoiceSession *session;
  gchar *location;              /* of the recording */
  guint rate;                   /* that the file is to have; 0: of the pads */
  gboolean eos_posted;
  gboolean finishing;           /* at EOS, in another thread */
  gboolean stopped, failed;
  guint32 eos_seqnum;
  RecordingStats last_stats;    /* when nothing is being recorded */
};

static GstStaticPadTemplate caller_template =
GST_STATIC_PAD_TEMPLATE ("caller", GST_PAD_SINK, GST_PAD_ALWAYS,
    GST_STATIC_CAPS ("audio/x-raw, format = S16LE, layout = interleaved, "
        "rate = { 8000, 12000, 16000, 24000, 48000 }, channels = 1"));
static GstStaticPadTemplate agent_template =
GST_STATIC_PAD_TEMPLATE ("agent", GST_PAD_SINK, GST_PAD_ALWAYS,
    GST_STATIC_CAPS ("audio/x-raw, format = S16LE, layout = interleaved, "
        "rate = { 8000, 12000, 16000, 24000, 48000 }, channels = 1"));

G_DEFINE_FINAL_TYPE_WITH_CODE (GstVoiceCallRecorder, gst_voice_call_recorder,
    GST_TYPE_ELEMENT, GST_DEBUG_CATEGORY_INIT (callrecorder_debug,
        "callrecorder", 0, "recording of calls"));
GST_ELEMENT_REGISTER_DEFINE (callrecorder, "callrecorder", GST_RANK_NONE,
    GST_TYPE_VOICE_CALL_RECORDER);

static void
get_stats_locked (GstVoiceCallRecorder * self, RecordingStats * stats)
{
  if (self->writer)
    recording_writer_get_stats (self->writer, stats);
  else
    *stats = self->last_stats;
  stats->failed |= self->failed;
}

/* The one place where the life of a recording is told. Not from a streaming
 * thread: the journal may be on the same disk. */
static void
report (GstVoiceCallRecorder * self, const gchar * state)
{
  GstVoiceSession *session;
  RecordingStats stats;
  GstClockTime time;
  gchar *location;

  g_mutex_lock (&self->lock);
  get_stats_locked (self, &stats);
  location = g_strdup (self->location);
  session = self->session ? g_object_ref (self->session) : NULL;
  g_mutex_unlock (&self->lock);
  if (location && session) {
    time = g_str_equal (state, "started") ? stats.start : stats.newest;
    GST_INFO_OBJECT (self, "%s: %s, %" GST_TIME_FORMAT, location, state,
        GST_TIME_ARGS (time));
    gst_voice_session_report (session, GST_ELEMENT (self),
        gst_voice_structure_new ("recording", "state", state,
            "location", location, "running-time", time,
            "duration", stats.duration, "lost", stats.lost, NULL));
  }
  g_clear_object (&session);
  g_free (location);
}

static void
post_failure (GstVoiceCallRecorder * self, const gchar * reason,
    GstResourceError code)
{
  RecordingStats stats;
  gchar *location;

  g_mutex_lock (&self->lock);
  self->failed = TRUE;
  get_stats_locked (self, &stats);
  location = g_strdup (self->location);
  g_mutex_unlock (&self->lock);
  gst_element_message_full_with_details (GST_ELEMENT (self),
      GST_MESSAGE_WARNING, GST_RESOURCE_ERROR, code,
      g_strdup_printf ("The call is no longer recorded: %s.", reason),
      g_strdup_printf ("%" GST_TIME_FORMAT " are in %s",
          GST_TIME_ARGS (stats.duration), location),
      __FILE__, GST_FUNCTION, __LINE__,
      gst_structure_new ("details", "location", G_TYPE_STRING, location,
          "duration", GST_TYPE_CLOCK_TIME, stats.duration,
          "reason", G_TYPE_STRING, reason, NULL));
  g_free (location);
  report (self, "failed");
}

static void
on_writer (RecordingEvent event, const GError * error, gpointer data)
{
  GstVoiceCallRecorder *self = data;

  switch (event) {
    case RECORDING_STARTED:
      report (self, "started");
      break;
    case RECORDING_OVERFLOW:
      report (self, "overflow");
      break;
    case RECORDING_FAILED:
      post_failure (self, error->message,
          g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOSPC) ?
          GST_RESOURCE_ERROR_NO_SPACE_LEFT : GST_RESOURCE_ERROR_WRITE);
      break;
  }
}

/* The file's rate, or 0 if it is too early to say. */
static guint
choose_rate_locked (GstVoiceCallRecorder * self, gboolean now)
{
  gboolean missing = FALSE;
  guint rate = 0;

  for (gint i = 0; i < RECORDING_CHANNELS; i++) {
    Side *side = &self->sides[i];
    guint known = side->rate != 0 ? side->rate : side->expected;

    rate = MAX (rate, known);
    missing |= known == 0 && gst_pad_is_linked (side->pad);
  }
  if (self->rate != 0)
    return rate != 0 || now ? self->rate : 0;
  if (missing && !now)
    return 0;
  return missing || rate == 0 ? MAX (rate, DEFAULT_RATE) : rate;
}

/* The writer begins when the file's rate is known, at once if @now. */
static void
start_writer (GstVoiceCallRecorder * self, gboolean now)
{
  GError *error = NULL;
  guint rate;

  g_mutex_lock (&self->lock);
  rate = self->started ? 0 : choose_rate_locked (self, now);
  if (rate != 0) {
    recording_writer_start (self->writer, rate, &error);
    g_atomic_int_set (&self->started, TRUE);
  }
  g_mutex_unlock (&self->lock);
  if (error) {
    recording_ring_close (self->ring);
    post_failure (self, error->message, GST_RESOURCE_ERROR_FAILED);
    g_error_free (error);
  }
}

static gboolean
may_wait (GstVoiceCallRecorder * self, const Side * side)
{
  /* Without a writer there would be nobody to wait for. */
  if (!g_atomic_int_get (&self->started))
    return FALSE;
  if (side->overflow != GST_VOICE_CALL_RECORDER_OVERFLOW_AUTO)
    return side->overflow == GST_VOICE_CALL_RECORDER_OVERFLOW_WAIT;
  return !side->live || g_atomic_int_get (&self->simulated);
}

static void
push_block (GstVoiceCallRecorder * self, Side * side,
    const RecordingBlock * block, const gint16 * samples)
{
  RecordingRingResult result = recording_ring_push (self->ring, block, samples,
      may_wait (self, side) ? PATIENCE : 0);

  if (result == RECORDING_RING_OVERFLOW)
    GST_WARNING_OBJECT (side->pad, "the disk is too slow: sound is lost");
  if (!g_atomic_int_get (&self->started))
    start_writer (self, recording_ring_get_span (self->ring) >= RATE_DEADLINE);
}

static void
push_silence (GstVoiceCallRecorder * self, Side * side, GstClockTime time,
    GstClockTime duration)
{
  RecordingBlock block = {
    .time = time,
    .duration = duration,
    .channel = side->channel,
    .flags = RECORDING_BLOCK_SILENT,
  };

  push_block (self, side, &block, NULL);
}

static void
push_samples (GstVoiceCallRecorder * self, Side * side, GstClockTime time,
    const gint16 * samples, gsize n, gboolean discont)
{
  gsize done = 0;

  while (done < n) {
    guint part = MIN (n - done, RECORDING_BLOCK_MAX);
    guint64 offset = gst_util_uint64_scale_int (done, GST_SECOND, side->rate);
    RecordingBlock block = {
      .time = time + offset,
      .duration = gst_util_uint64_scale_int (part, GST_SECOND, side->rate),
      .n = part,
      .rate = side->rate,
      .channel = side->channel,
      .flags = discont && done == 0 ? RECORDING_BLOCK_DISCONT : 0,
    };

    push_block (self, side, &block, samples + done);
    done += part;
  }
}

static void
record (GstVoiceCallRecorder * self, Side * side, GstBuffer * buffer)
{
  GstClockTime time = GST_CLOCK_TIME_NONE, duration;
  GstMapInfo map;
  gsize n;

  if (GST_BUFFER_PTS_IS_VALID (buffer))
    time = gst_segment_to_running_time (&side->segment, GST_FORMAT_TIME,
        GST_BUFFER_PTS (buffer));
  if (!GST_CLOCK_TIME_IS_VALID (time))
    time = side->next;
  if (!gst_buffer_map (buffer, &map, GST_MAP_READ))
    return;
  n = map.size / sizeof (gint16);
  duration = gst_util_uint64_scale_int (n, GST_SECOND, side->rate);
  if (GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_GAP)
      || g_atomic_int_get (&self->paused))
    push_silence (self, side, time, duration);
  else
    push_samples (self, side, time, (const gint16 *) map.data, n,
        GST_BUFFER_IS_DISCONT (buffer));
  side->next = time + duration;
  gst_buffer_unmap (buffer, &map);
}

static GstFlowReturn
chain (GstPad * pad, GstObject * parent, GstBuffer * buffer)
{
  GstVoiceCallRecorder *self = GST_VOICE_CALL_RECORDER (parent);
  Side *side = gst_pad_get_element_private (pad);

  if (side->rate == 0) {
    gst_buffer_unref (buffer);
    return GST_FLOW_NOT_NEGOTIATED;
  }
  if (self->writer && GST_BUFFER_PTS_IS_VALID (buffer))
    buffer = gst_audio_buffer_clip (buffer, &side->segment, side->rate,
        sizeof (gint16));
  if (self->writer && buffer)
    record (self, side, buffer);
  if (buffer)
    gst_buffer_unref (buffer);
  return GST_FLOW_OK;
}

static gboolean
is_live (GstPad * pad)
{
  GstQuery *query = gst_query_new_latency ();
  gboolean live = TRUE;

  /* Whoever does not answer may be live: better a hole than a stalled call. */
  if (gst_pad_peer_query (pad, query))
    gst_query_parse_latency (query, &live, NULL, NULL);
  gst_query_unref (query);
  return live;
}

/* The only rate that upstream can send, or 0. */
static guint
ask_rate (GstPad * pad)
{
  GstCaps *ours = gst_pad_get_pad_template_caps (pad);
  GstCaps *caps = gst_pad_peer_query_caps (pad, ours);
  gint rate = 0;

  if (gst_caps_get_size (caps) == 1)
    gst_structure_get_int (gst_caps_get_structure (caps, 0), "rate", &rate);
  gst_caps_unref (caps);
  gst_caps_unref (ours);
  return rate;
}

/* So that the file's rate does not depend on which side comes first. */
static void
ask_other_side (GstVoiceCallRecorder * self, Side * side)
{
  Side *other = &self->sides[!side->channel];
  guint rate;

  if (g_atomic_int_get (&self->started) || !gst_pad_is_linked (other->pad))
    return;
  rate = ask_rate (other->pad);
  g_mutex_lock (&self->lock);
  other->expected = rate;
  g_mutex_unlock (&self->lock);
}

static gboolean
handle_caps (GstVoiceCallRecorder * self, Side * side, GstCaps * caps)
{
  GstAudioInfo info;

  if (!gst_audio_info_from_caps (&info, caps))
    return FALSE;
  g_mutex_lock (&self->lock);
  side->rate = GST_AUDIO_INFO_RATE (&info);
  g_mutex_unlock (&self->lock);
  if (!self->writer)
    return TRUE;
  GST_OBJECT_LOCK (self);
  side->overflow = self->settings.overflow;
  GST_OBJECT_UNLOCK (self);
  side->live = is_live (side->pad);
  ask_other_side (self, side);
  start_writer (self, FALSE);
  return TRUE;
}

static gboolean
handle_segment (Side * side, GstEvent * event)
{
  const GstSegment *segment;

  gst_event_parse_segment (event, &segment);
  if (segment->format != GST_FORMAT_TIME)
    return FALSE;
  gst_segment_copy_into (segment, &side->segment);
  return TRUE;
}

static void
handle_gap (GstVoiceCallRecorder * self, Side * side, GstEvent * event)
{
  GstClockTime time, duration;

  gst_event_parse_gap (event, &time, &duration);
  time = gst_segment_to_running_time (&side->segment, GST_FORMAT_TIME, time);
  if (!self->writer || !GST_CLOCK_TIME_IS_VALID (time))
    return;
  if (!GST_CLOCK_TIME_IS_VALID (duration))
    duration = 0;
  push_silence (self, side, time, duration);
  side->next = time + duration;
}

static void
post_eos (GstVoiceCallRecorder * self)
{
  GstMessage *message = gst_message_new_eos (GST_OBJECT (self));

  g_mutex_lock (&self->lock);
  gst_message_set_seqnum (message, self->eos_seqnum);
  g_mutex_unlock (&self->lock);
  gst_element_post_message (GST_ELEMENT (self), message);
}

/* Completes the file unless that was done. May take PATIENCE. */
static void
stop_writer (GstVoiceCallRecorder * self)
{
  gboolean stopped, failed;

  g_mutex_lock (&self->lock);
  stopped = self->stopped;
  self->stopped = TRUE;
  g_mutex_unlock (&self->lock);
  if (stopped)
    return;
  start_writer (self, TRUE);
  if (!recording_writer_stop (self->writer, PATIENCE)) {
    post_failure (self, "the disk did not answer in time",
        GST_RESOURCE_ERROR_BUSY);
    return;
  }
  g_mutex_lock (&self->lock);
  failed = self->failed;
  g_mutex_unlock (&self->lock);
  if (!failed)
    report (self, "stopped");
}

static void
finish_at_eos (GstElement * element, gpointer unused)
{
  GstVoiceCallRecorder *self = GST_VOICE_CALL_RECORDER (element);

  stop_writer (self);
  post_eos (self);
  g_mutex_lock (&self->lock);
  self->finishing = FALSE;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
}

static gboolean
is_eos_locked (GstVoiceCallRecorder * self)
{
  gboolean any = FALSE;

  for (gint i = 0; i < RECORDING_CHANNELS; i++) {
    if (!self->sides[i].eos && gst_pad_is_linked (self->sides[i].pad))
      return FALSE;
    any |= self->sides[i].eos;
  }
  return any;
}

static void
check_eos (GstVoiceCallRecorder * self)
{
  gboolean eos, finish;

  g_mutex_lock (&self->lock);
  eos = is_eos_locked (self) && !self->eos_posted;
  finish = eos && self->writer && !self->stopped;
  self->eos_posted |= eos;
  self->finishing |= finish;
  g_mutex_unlock (&self->lock);
  if (finish)
    gst_element_call_async (GST_ELEMENT (self), finish_at_eos, NULL, NULL);
  else if (eos)
    post_eos (self);
}

static void
set_eos (GstVoiceCallRecorder * self, Side * side, GstEvent * event)
{
  g_mutex_lock (&self->lock);
  side->eos = GST_EVENT_TYPE (event) == GST_EVENT_EOS;
  if (side->eos)
    self->eos_seqnum = gst_event_get_seqnum (event);
  else
    self->eos_posted = FALSE;
  g_mutex_unlock (&self->lock);
  check_eos (self);
}

static gboolean
sink_event (GstPad * pad, GstObject * parent, GstEvent * event)
{
  GstVoiceCallRecorder *self = GST_VOICE_CALL_RECORDER (parent);
  Side *side = gst_pad_get_element_private (pad);
  gboolean ok = TRUE;
  GstCaps *caps;

  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_STREAM_START:
      set_eos (self, side, event);
      break;
    case GST_EVENT_CAPS:
      gst_event_parse_caps (event, &caps);
      ok = handle_caps (self, side, caps);
      break;
    case GST_EVENT_SEGMENT:
      ok = handle_segment (side, event);
      break;
    case GST_EVENT_GAP:
      handle_gap (self, side, event);
      break;
    case GST_EVENT_FLUSH_STOP:
      gst_segment_init (&side->segment, GST_FORMAT_TIME);
      set_eos (self, side, event);
      break;
    case GST_EVENT_EOS:
      set_eos (self, side, event);
      break;
    default:
      break;
  }
  gst_event_unref (event);
  return ok;
}

/* The side that is gone may have been the last without EOS. */
static void
on_unlinked (GstPad * pad, GstPad * peer, GstVoiceCallRecorder * self)
{
  check_eos (self);
}

static gboolean
choose_format (const RecorderSettings * settings, RecordingFormat * format,
    GError ** error)
{
  if (settings->format != GST_VOICE_CALL_RECORDER_FORMAT_AUTO) {
    *format = settings->format == GST_VOICE_CALL_RECORDER_FORMAT_WAV ?
        RECORDING_WAV : RECORDING_OGG_OPUS;
    return TRUE;
  }
  if (recording_file_guess_format (settings->location, format))
    return TRUE;
  g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS,
      "cannot tell the format of %s: let it end in .wav, .ogg or .opus, or "
      "set format", settings->location);
  return FALSE;
}

static gboolean
check_rate (guint rate, GError ** error)
{
  static const guint rates[] = { 0, 8000, 12000, 16000, 24000, 48000 };

  for (guint i = 0; i < G_N_ELEMENTS (rates); i++) {
    if (rate == rates[i])
      return TRUE;
  }
  g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS,
      "rate=%u: a recording has 8000, 12000, 16000, 24000 or 48000 Hz, or 0 "
      "for the rate of the pads", rate);
  return FALSE;
}

static RecordingFile *
open_file (const RecorderSettings * settings, GError ** error)
{
  RecordingFormat format;

  if (!check_rate (settings->rate, error)
      || !choose_format (settings, &format, error))
    return NULL;
  return recording_file_open (settings->location, format, settings->overwrite,
      settings->make_folders, error);
}

static void
reset (GstVoiceCallRecorder * self)
{
  g_mutex_lock (&self->lock);
  for (gint i = 0; i < RECORDING_CHANNELS; i++) {
    Side *side = &self->sides[i];

    gst_segment_init (&side->segment, GST_FORMAT_TIME);
    side->next = 0;
    side->rate = side->expected = 0;
    side->eos = FALSE;
  }
  self->eos_posted = self->stopped = self->failed = FALSE;
  g_atomic_int_set (&self->started, FALSE);
  g_mutex_unlock (&self->lock);
}

static void
post_open_error (GstVoiceCallRecorder * self, const GError * error)
{
  gint code = error->domain == GST_RESOURCE_ERROR ? error->code :
      g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOSPC) ?
      GST_RESOURCE_ERROR_NO_SPACE_LEFT : GST_RESOURCE_ERROR_OPEN_WRITE;

  gst_element_message_full (GST_ELEMENT (self), GST_MESSAGE_ERROR,
      GST_RESOURCE_ERROR, code, g_strdup (error->message), NULL, __FILE__,
      GST_FUNCTION, __LINE__);
}

static void
begin_recording (GstVoiceCallRecorder * self, RecordingFile * file,
    RecorderSettings * settings)
{
  RecordingSettings writer_settings = {
    .bitrate = settings->bitrate,
    .start_time = settings->start_time,
    .threshold = settings->threshold,
    .ring_size = RECORDING_CHANNELS *
        gst_util_uint64_scale (settings->buffer_time, MAX_BYTES_PER_SECOND,
        GST_SECOND),
  };

  g_mutex_lock (&self->lock);
  self->location = g_steal_pointer (&settings->location);
  self->rate = settings->rate;
  self->writer = recording_writer_new (file, &writer_settings, on_writer,
      gst_object_ref (self), gst_object_unref);
  self->ring = recording_writer_get_ring (self->writer);
  g_mutex_unlock (&self->lock);
}

static gboolean
open_recording (GstVoiceCallRecorder * self)
{
  RecorderSettings settings;
  RecordingFile *file;
  GError *error = NULL;
  gboolean ok = TRUE;

  GST_OBJECT_LOCK (self);
  recorder_settings_copy (&self->settings, &settings);
  GST_OBJECT_UNLOCK (self);
  reset (self);
  if (settings.location && *settings.location) {
    file = open_file (&settings, &error);
    if (file) {
      begin_recording (self, file, &settings);
    } else {
      post_open_error (self, error);
      g_error_free (error);
      ok = FALSE;
    }
  }
  recorder_settings_clear (&settings);
  return ok;
}

/* No pad is active any more. */
static void
close_recording (GstVoiceCallRecorder * self)
{
  RecordingWriter *writer;

  g_mutex_lock (&self->lock);
  while (self->finishing)
    g_cond_wait (&self->cond, &self->lock);
  writer = self->writer;
  g_mutex_unlock (&self->lock);
  if (!writer)
    return;
  stop_writer (self);
  g_mutex_lock (&self->lock);
  recording_writer_get_stats (writer, &self->last_stats);
  self->writer = NULL;
  self->ring = NULL;
  g_clear_pointer (&self->location, g_free);
  g_mutex_unlock (&self->lock);
  recording_writer_unref (writer);
}

static void
take_session (GstVoiceCallRecorder * self, GstVoiceSession * session)
{
  GstVoiceSession *old;

  g_mutex_lock (&self->lock);
  old = self->session;
  self->session = session;
  g_mutex_unlock (&self->lock);
  g_clear_object (&old);
}

static gboolean
rise (GstVoiceCallRecorder * self, GstStateChange transition)
{
  switch (transition) {
    case GST_STATE_CHANGE_NULL_TO_READY:
      take_session (self, gst_voice_session_obtain (GST_ELEMENT (self)));
      return TRUE;
    case GST_STATE_CHANGE_READY_TO_PAUSED:
      return open_recording (self);
    case GST_STATE_CHANGE_PAUSED_TO_READY:
      if (self->ring)
        recording_ring_close (self->ring);      /* a pad may wait in it */
      return TRUE;
    default:
      return TRUE;
  }
}

static GstStateChangeReturn
gst_voice_call_recorder_change_state (GstElement * element,
    GstStateChange transition)
{
  GstVoiceCallRecorder *self = GST_VOICE_CALL_RECORDER (element);
  GstStateChangeReturn ret;

  if (!rise (self, transition))
    return GST_STATE_CHANGE_FAILURE;
  ret = GST_ELEMENT_CLASS (gst_voice_call_recorder_parent_class)->change_state
      (element, transition);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY
      || (transition == GST_STATE_CHANGE_READY_TO_PAUSED
          && ret == GST_STATE_CHANGE_FAILURE))
    close_recording (self);
  else if (transition == GST_STATE_CHANGE_READY_TO_NULL)
    take_session (self, NULL);
  return ret;
}

static gboolean
gst_voice_call_recorder_set_clock (GstElement * element, GstClock * clock)
{
  GstVoiceCallRecorder *self = GST_VOICE_CALL_RECORDER (element);

  g_atomic_int_set (&self->simulated, clock && GST_IS_VOICE_CLOCK (clock));
  return GST_ELEMENT_CLASS (gst_voice_call_recorder_parent_class)->set_clock
      (element, clock);
}

/* It does not wait on the clock, so upstream's latency is nothing to it. */
static gboolean
gst_voice_call_recorder_query (GstElement * element, GstQuery * query)
{
  if (GST_QUERY_TYPE (query) == GST_QUERY_LATENCY) {
    gst_query_set_latency (query, FALSE, 0, GST_CLOCK_TIME_NONE);
    return TRUE;
  }
  return GST_ELEMENT_CLASS (gst_voice_call_recorder_parent_class)->query
      (element, query);
}

static GstStructure *
stats_structure (GstVoiceCallRecorder * self)
{
  RecordingStats stats;

  g_mutex_lock (&self->lock);
  get_stats_locked (self, &stats);
  g_mutex_unlock (&self->lock);
  return gst_structure_new ("stats",
      "frames", G_TYPE_UINT64, stats.frames,
      "rate", G_TYPE_UINT, stats.rate,
      "start", GST_TYPE_CLOCK_TIME, stats.start,
      "duration", GST_TYPE_CLOCK_TIME, stats.duration,
      "overflows", G_TYPE_UINT64, stats.overflows,
      "lost", GST_TYPE_CLOCK_TIME, stats.lost,
      "gaps", G_TYPE_UINT64, stats.gaps,
      "clipped", G_TYPE_UINT64, stats.clipped,
      "failed", G_TYPE_BOOLEAN, stats.failed, NULL);
}

static void
set_paused (GstVoiceCallRecorder * self, gboolean paused)
{
  gboolean recording;

  if (!g_atomic_int_compare_and_exchange (&self->paused, !paused, paused))
    return;
  g_mutex_lock (&self->lock);
  recording = self->writer && !self->stopped;
  g_mutex_unlock (&self->lock);
  if (recording)
    report (self, paused ? "paused" : "resumed");
}

static void
gst_voice_call_recorder_set_property (GObject * object, guint id,
    const GValue * value, GParamSpec * pspec)
{
  GstVoiceCallRecorder *self = GST_VOICE_CALL_RECORDER (object);
  gboolean refused;

  if (id == PROP_PAUSED) {
    set_paused (self, g_value_get_boolean (value));
    return;
  }
  GST_OBJECT_LOCK (self);
  refused = GST_STATE (self) > GST_STATE_READY;
  if (!refused)
    recorder_settings_set (&self->settings, id, value);
  GST_OBJECT_UNLOCK (self);
  if (refused)
    GST_WARNING_OBJECT (self, "%s cannot be set while recording", pspec->name);
}

static void
gst_voice_call_recorder_get_property (GObject * object, guint id,
    GValue * value, GParamSpec * pspec)
{
  GstVoiceCallRecorder *self = GST_VOICE_CALL_RECORDER (object);

  if (id == PROP_STATS) {
    g_value_take_boxed (value, stats_structure (self));
  } else if (id == PROP_PAUSED) {
    g_value_set_boolean (value, g_atomic_int_get (&self->paused));
  } else {
    GST_OBJECT_LOCK (self);
    recorder_settings_get (&self->settings, id, value);
    GST_OBJECT_UNLOCK (self);
  }
}

static void
gst_voice_call_recorder_finalize (GObject * object)
{
  GstVoiceCallRecorder *self = GST_VOICE_CALL_RECORDER (object);

  g_clear_object (&self->session);
  recorder_settings_clear (&self->settings);
  g_cond_clear (&self->cond);
  g_mutex_clear (&self->lock);
  G_OBJECT_CLASS (gst_voice_call_recorder_parent_class)->finalize (object);
}

static void
add_side (GstVoiceCallRecorder * self, guint channel,
    GstStaticPadTemplate * template)
{
  Side *side = &self->sides[channel];
  GstPad *pad = gst_pad_new_from_static_template (template,
      template->name_template);

  gst_pad_set_chain_function (pad, GST_DEBUG_FUNCPTR (chain));
  gst_pad_set_event_function (pad, GST_DEBUG_FUNCPTR (sink_event));
  gst_pad_set_element_private (pad, side);
  GST_PAD_SET_ACCEPT_TEMPLATE (pad);
  g_signal_connect (pad, "unlinked", G_CALLBACK (on_unlinked), self);
  side->pad = pad;
  side->channel = channel;
  gst_element_add_pad (GST_ELEMENT (self), pad);
}

static void
gst_voice_call_recorder_init (GstVoiceCallRecorder * self)
{
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  self->last_stats.start = GST_CLOCK_TIME_NONE;
  recorder_settings_init (&self->settings);
  add_side (self, 0, &caller_template);
  add_side (self, 1, &agent_template);
  reset (self);
  GST_OBJECT_FLAG_SET (self, GST_ELEMENT_FLAG_SINK);
}

static void
install_properties (GObjectClass * klass)
{
  recorder_settings_install (props);
  /**
   * GstVoiceCallRecorder:paused:
   *
   * While it is set, what arrives is recorded as silence: the sound is not even
   * kept in memory, and what follows stays aligned.
   */
  props[PROP_PAUSED] = g_param_spec_boolean ("paused", "Paused",
      "Record silence instead of what arrives", FALSE,
      G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING);
  /**
   * GstVoiceCallRecorder:stats:
   *
   * Of the recording, or of the last one: `frames` (guint64) in the file,
   * their `rate` (guint) and `duration` (#GstClockTime), the running time of
   * the first (`start`), `overflows` (guint64): how often the disk was too
   * slow, `lost` (#GstClockTime): sound lost by that or after a failure,
   * `gaps` (guint64): holes of a channel filled with silence, `clipped`
   * (guint64): samples that came too late or before the start, `failed`
   * (gboolean).
   */
  props[PROP_STATS] = g_param_spec_boxed ("stats", "Statistics",
      "What was recorded, lost and filled", GST_TYPE_STRUCTURE,
      G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (klass, N_PROPS, props);
}

static void
gst_voice_call_recorder_class_init (GstVoiceCallRecorderClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  object_class->set_property = gst_voice_call_recorder_set_property;
  object_class->get_property = gst_voice_call_recorder_get_property;
  object_class->finalize = gst_voice_call_recorder_finalize;
  element_class->change_state =
      GST_DEBUG_FUNCPTR (gst_voice_call_recorder_change_state);
  element_class->set_clock =
      GST_DEBUG_FUNCPTR (gst_voice_call_recorder_set_clock);
  element_class->query = GST_DEBUG_FUNCPTR (gst_voice_call_recorder_query);
  install_properties (object_class);

  gst_element_class_add_static_pad_template (element_class, &caller_template);
  gst_element_class_add_static_pad_template (element_class, &agent_template);
  gst_element_class_set_static_metadata (element_class, "Call recorder",
      "Sink/Audio/File", "Records caller and agent into one stereo file",
      "gst-voice");
  gst_type_mark_as_plugin_api (props[PROP_FORMAT]->value_type, 0);
  gst_type_mark_as_plugin_api (props[PROP_OVERFLOW]->value_type, 0);
}
