/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The thread that empties a recorder's ring into its file: about five times a
 * second while sound comes, never otherwise. Each channel is a run of samples
 * that continues as long as its timestamps say so; it is resampled to the
 * file's rate and begins anew, at its timestamp, where they do not. A clock
 * that drifts is followed by single samples.
 *
 * Only this thread touches the disk, so a disk that hangs holds up nothing
 * else: the writer is then abandoned and frees itself when the disk lets go.
 *
 * Threads: the writer's own; start, stop and stats from any.
 * Locks: `lock`, for what is said to others; never while calling out.
 */
#include "recording-writer.h"
#include "recording-timeline.h"

#include <gst/audio/audio.h>

#define SECOND G_GUINT64_CONSTANT (1000000000)
#define DRAIN_INTERVAL (200 * G_TIME_SPAN_MILLISECOND)
/* Hold-back, interval and a page add up to less than the second that a crash
 * may cost. */
#define HOLD_BACK_MS 400
#define WINDOW_MS 1000
#define MAX_HOLE_SECONDS 3600
#define DRIFT_WEIGHT 32         /* blocks that the mean is taken over */
#define MAX_DRIFT (SECOND / 1000)

typedef struct
{
  GstAudioResampler *resampler; /* NULL if the rates are the same */
  guint rate;                   /* 0: nothing came yet */
  guint64 origin;               /* running time of the run's first sample */
  guint64 n_in, n_out;          /* samples since then */
  guint64 position;             /* the file's frame that is next */
  gint64 drift;                 /* mean of timestamps less expected, ns */
  gint16 last;
} Track;

struct _RecordingWriter
{
  gint refs;                    /* atomic */

  /* set once */
  RecordingSettings settings;
  RecordingReport report;
  gpointer data;
  GDestroyNotify destroy;
  RecordingRing *ring;
  guint rate;                   /* before the thread starts */

  /* writer's thread only */
  RecordingFile *file;
  RecordingTimeline *timeline;
  Track tracks[RECORDING_CHANNELS];
  GArray *resampled;
  guint64 gaps, dropped;
  guint64 overflows;            /* that were told */
  gboolean failed, started;

  GMutex lock;
  GCond cond;

  /* lock */
  GThread *thread;
  RecordingStats stats;
  gboolean done, abandoned;
};

static guint64
to_time (guint64 samples, guint rate)
{
  return samples / rate * SECOND + samples % rate * SECOND / rate;
}

static guint64
to_frames (guint64 time, guint rate)
{
  return time / SECOND * rate + (time % SECOND * rate + SECOND / 2) / SECOND;
}

static void
writer_free (RecordingWriter * self)
{
  for (gint i = 0; i < RECORDING_CHANNELS; i++)
    g_clear_pointer (&self->tracks[i].resampler, gst_audio_resampler_free);
  recording_timeline_free (self->timeline);
  recording_file_free (self->file);
  recording_ring_free (self->ring);
  g_array_unref (self->resampled);
  if (self->destroy)
    self->destroy (self->data);
  g_cond_clear (&self->cond);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/**
 * recording_writer_unref:
 * @self: (transfer full): a writer that was stopped or never started
 */
void
recording_writer_unref (RecordingWriter * self)
{
  if (g_atomic_int_dec_and_test (&self->refs))
    writer_free (self);
}

/**
 * recording_writer_new:
 * @file: (transfer full): an empty file
 * @settings: copied
 * @report: (nullable): called from the writer's thread
 * @data: for @report
 * @destroy: (nullable): frees @data
 *
 * Returns: a writer without a thread yet; its ring takes blocks already
 */
RecordingWriter *
recording_writer_new (RecordingFile * file, const RecordingSettings * settings,
    RecordingReport report, gpointer data, GDestroyNotify destroy)
{
  RecordingWriter *self = g_new0 (RecordingWriter, 1);

  self->refs = 1;
  self->file = file;
  self->settings = *settings;
  self->report = report;
  self->data = data;
  self->destroy = destroy;
  self->ring = recording_ring_new (settings->ring_size);
  self->resampled = g_array_new (FALSE, FALSE, sizeof (gint16));
  self->stats.start = G_MAXUINT64;
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  return self;
}

/**
 * recording_writer_get_ring:
 * @self: a writer
 *
 * Returns: (transfer none): what it reads
 */
RecordingRing *
recording_writer_get_ring (RecordingWriter * self)
{
  return self->ring;
}

static gboolean
put (RecordingWriter * self, guint channel, const gint16 * samples, gsize n,
    GError ** error)
{
  Track *track = &self->tracks[channel];

  if (n == 0)
    return TRUE;
  if (!recording_timeline_put (self->timeline, channel, track->position,
          samples, n, error))
    return FALSE;
  track->position += n;
  track->n_out += n;
  track->last = samples[n - 1];
  return TRUE;
}

/* @samples is NULL for silence. Not more than @most come out. */
static gboolean
put_resampled (RecordingWriter * self, guint channel, const gint16 * samples,
    gsize n, guint64 most, GError ** error)
{
  Track *track = &self->tracks[channel];
  gsize n_out = gst_audio_resampler_get_out_frames (track->resampler, n);
  gpointer in[] = { (gpointer) samples }, out[1];

  g_array_set_size (self->resampled, n_out);
  out[0] = self->resampled->data;
  gst_audio_resampler_resample (track->resampler, samples ? in : NULL, n, out,
      n_out);
  return put (self, channel, out[0], MIN (n_out, most), error);
}

/* What the resampler still holds is the end of the run. */
static gboolean
end_run (RecordingWriter * self, guint channel, GError ** error)
{
  Track *track = &self->tracks[channel];
  gboolean ok = TRUE;

  if (track->resampler && track->n_in > 0) {
    guint64 total = to_frames (to_time (track->n_in, track->rate), self->rate);

    if (total > track->n_out)
      ok = put_resampled (self, channel, NULL,
          gst_audio_resampler_get_max_latency (track->resampler) + 1,
          total - track->n_out, error);
    gst_audio_resampler_reset (track->resampler);
  }
  track->n_in = track->n_out = 0;
  return ok;
}

/* With its usual, interpolated filter the resampler delays by an eighth of a
 * sample or more; the whole one is exact, and small for our ratios. */
static GstAudioResampler *
make_resampler (guint from, guint to)
{
  GstStructure *options = gst_structure_new ("options",
      GST_AUDIO_RESAMPLER_OPT_FILTER_MODE,
      GST_TYPE_AUDIO_RESAMPLER_FILTER_MODE,
      GST_AUDIO_RESAMPLER_FILTER_MODE_FULL,
      GST_AUDIO_RESAMPLER_OPT_FILTER_INTERPOLATION,
      GST_TYPE_AUDIO_RESAMPLER_FILTER_INTERPOLATION,
      GST_AUDIO_RESAMPLER_FILTER_INTERPOLATION_NONE, NULL);
  GstAudioResampler *resampler;

  gst_audio_resampler_options_set_quality (GST_AUDIO_RESAMPLER_METHOD_KAISER,
      GST_AUDIO_RESAMPLER_QUALITY_DEFAULT, from, to, options);
  resampler = gst_audio_resampler_new (GST_AUDIO_RESAMPLER_METHOD_KAISER,
      GST_AUDIO_RESAMPLER_FLAG_NONE, GST_AUDIO_FORMAT_S16, 1, from, to,
      options);
  gst_structure_free (options);
  return resampler;
}

static void
begin_run (RecordingWriter * self, guint channel, const RecordingBlock * block)
{
  Track *track = &self->tracks[channel];
  guint64 position = to_frames (block->time, self->rate);

  /* A frame is the rounding at the end of a resampled run. */
  if (track->rate != 0 && position > track->position + 1)
    self->gaps++;
  if (track->rate != block->rate) {
    g_clear_pointer (&track->resampler, gst_audio_resampler_free);
    if (block->rate != self->rate)
      track->resampler = make_resampler (block->rate, self->rate);
  }
  track->rate = block->rate;
  track->origin = block->time;
  track->position = position;
  track->drift = 0;
}

static guint64
expected_time (const Track * track)
{
  return track->origin + to_time (track->n_in, track->rate);
}

static gboolean
continues (RecordingWriter * self, const Track * track,
    const RecordingBlock * block)
{
  guint64 sample = SECOND / block->rate;
  guint64 tolerance = block->flags & RECORDING_BLOCK_DISCONT ? sample :
      MAX (self->settings.threshold, sample);
  guint64 expected;

  if (track->n_in == 0 || track->rate != block->rate)
    return FALSE;
  expected = expected_time (track);
  return block->time > expected ? block->time - expected <= tolerance :
      expected - block->time <= tolerance;
}

/* A run that drifts from its timestamps gets a sample more or one less. */
static gboolean
follow_clock (RecordingWriter * self, guint channel,
    const RecordingBlock * block, GError ** error)
{
  Track *track = &self->tracks[channel];
  gint64 frame = SECOND / self->rate;
  gint64 deviation = (gint64) (block->time - expected_time (track));

  track->drift += (deviation - track->drift) / DRIFT_WEIGHT;
  if (track->drift > (gint64) MAX_DRIFT) {
    track->origin += frame;
    track->drift -= frame;
    track->n_out--;
    return put (self, channel, &track->last, 1, error);
  }
  if (track->drift < -(gint64) MAX_DRIFT) {
    track->origin -= frame;
    track->drift += frame;
    track->position--;
  }
  return TRUE;
}

static gboolean
put_silence (RecordingWriter * self, const RecordingBlock * block,
    GError ** error)
{
  Track *track = &self->tracks[block->channel];
  guint64 position = to_frames (block->time, self->rate);
  guint64 end = to_frames (block->time + block->duration, self->rate);

  if (!end_run (self, block->channel, error)
      || !recording_timeline_pass (self->timeline, position, end - position,
          error))
    return FALSE;
  track->position = MAX (track->position, end);
  return TRUE;
}

static gboolean
put_block (RecordingWriter * self, const RecordingBlock * block,
    const gint16 * samples, GError ** error)
{
  guint channel = block->channel;
  Track *track = &self->tracks[channel];

  if (block->flags & RECORDING_BLOCK_SILENT)
    return put_silence (self, block, error);
  if (!continues (self, track, block)) {
    if (!end_run (self, channel, error))
      return FALSE;
    begin_run (self, channel, block);
  } else if (!follow_clock (self, channel, block, error)) {
    return FALSE;
  }
  track->n_in += block->n;
  if (!track->resampler)
    return put (self, channel, samples, block->n, error);
  return put_resampled (self, channel, samples, block->n, G_MAXUINT64, error);
}

static void
publish (RecordingWriter * self)
{
  const RecordingTimelineState *state =
      recording_timeline_get_state (self->timeline);
  guint64 frames = recording_file_get_frames (self->file);

  g_mutex_lock (&self->lock);
  if (state->origin != G_MAXUINT64)
    self->stats.start = to_time (state->origin, self->rate);
  self->stats.frames = frames;
  self->stats.duration = to_time (frames, self->rate);
  self->stats.clipped = state->clipped;
  self->stats.gaps = self->gaps;
  self->stats.lost = self->dropped;
  self->stats.failed = self->failed;
  g_mutex_unlock (&self->lock);
}

static void
tell (RecordingWriter * self, RecordingEvent event, const GError * error)
{
  gboolean abandoned;

  g_mutex_lock (&self->lock);
  abandoned = self->abandoned;
  g_mutex_unlock (&self->lock);
  if (!abandoned && self->report)
    self->report (event, error, self->data);
}

/* Takes @error if @ok is FALSE; of several failures the first counts. */
static void
check (RecordingWriter * self, gboolean ok, GError * error)
{
  if (ok)
    return;
  if (!self->failed) {
    self->failed = TRUE;
    publish (self);
    tell (self, RECORDING_FAILED, error);
  }
  g_error_free (error);
}

/* No more than there were, or a fast source would keep it from the disk. */
static void
take_blocks (RecordingWriter * self, guint n)
{
  for (guint i = 0; i < n; i++) {
    const gint16 *samples;
    const RecordingBlock *block = recording_ring_peek (self->ring, &samples);
    GError *error = NULL;
    gboolean ok;

    if (!self->failed) {
      ok = put_block (self, block, samples, &error);
      check (self, ok, error);
    }
    if (self->failed && !(block->flags & RECORDING_BLOCK_SILENT))
      self->dropped += block->duration;
    recording_ring_pop (self->ring);
  }
}

static void
tell_news (RecordingWriter * self)
{
  guint64 overflows, lost;

  recording_ring_get_losses (self->ring, &overflows, &lost);
  if (!self->started && recording_file_get_frames (self->file) > 0) {
    self->started = TRUE;
    tell (self, RECORDING_STARTED, NULL);
  }
  if (overflows > self->overflows) {
    self->overflows = overflows;
    tell (self, RECORDING_OVERFLOW, NULL);
  }
}

/* Everything up to @hold_back frames ago is in the file and can be read. */
static void
write_out (RecordingWriter * self, guint hold_back)
{
  GError *error = NULL;
  gboolean ok;

  if (!self->failed) {
    ok = recording_timeline_write (self->timeline, hold_back, &error)
        && recording_file_flush (self->file, &error);
    check (self, ok, error);
  }
  publish (self);
  if (!self->failed)
    tell_news (self);
}

static void
begin (RecordingWriter * self)
{
  GError *error = NULL;
  gboolean ok;

  self->timeline = recording_timeline_new (self->file,
      self->rate * WINDOW_MS / 1000, self->rate * MAX_HOLE_SECONDS);
  if (self->settings.start_time != G_MAXUINT64)
    recording_timeline_set_origin (self->timeline,
        to_frames (self->settings.start_time, self->rate));
  ok = recording_file_begin (self->file, self->rate, self->settings.bitrate,
      &error);
  check (self, ok, error);
}

static void
finish (RecordingWriter * self)
{
  GError *error = NULL;
  gboolean ok;

  for (gint i = 0; i < RECORDING_CHANNELS && !self->failed; i++) {
    ok = end_run (self, i, &error);
    check (self, ok, error);
    error = NULL;
  }
  write_out (self, 0);
  ok = recording_file_finish (self->file, &error);
  check (self, ok, error);
  publish (self);
}

static gpointer
run (gpointer data)
{
  RecordingWriter *self = data;
  guint n;

  begin (self);
  while ((n = recording_ring_wait (self->ring, DRAIN_INTERVAL)) > 0) {
    take_blocks (self, n);
    write_out (self, self->rate * HOLD_BACK_MS / 1000);
  }
  finish (self);
  g_clear_pointer (&self->file, recording_file_free);
  g_mutex_lock (&self->lock);
  self->done = TRUE;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
  recording_writer_unref (self);
  return NULL;
}

/**
 * recording_writer_start:
 * @self: a writer
 * @rate: of the file
 * @error: why there is no thread
 *
 * To be called once.
 *
 * Returns: whether it runs
 */
gboolean
recording_writer_start (RecordingWriter * self, guint rate, GError ** error)
{
  GThread *thread;

  self->rate = rate;
  g_atomic_int_inc (&self->refs);
  thread = g_thread_try_new ("recorder", run, self, error);
  if (!thread) {
    g_atomic_int_add (&self->refs, -1);
    return FALSE;
  }
  g_mutex_lock (&self->lock);
  self->stats.rate = rate;
  self->thread = thread;
  g_mutex_unlock (&self->lock);
  return TRUE;
}

/**
 * recording_writer_stop:
 * @self: a writer
 * @patience: µs that the disk gets
 *
 * Writes what is in the ring, completes the file and ends the thread.
 *
 * Returns: %FALSE if that took longer; the writer goes on without telling
 *   anybody
 */
gboolean
recording_writer_stop (RecordingWriter * self, gint64 patience)
{
  gint64 deadline = g_get_monotonic_time () + patience;
  GThread *thread;
  gboolean done;

  recording_ring_close (self->ring);
  g_mutex_lock (&self->lock);
  thread = g_steal_pointer (&self->thread);
  while (thread && !self->done
      && g_cond_wait_until (&self->cond, &self->lock, deadline));
  done = self->done || !thread;
  self->abandoned = !done;
  g_mutex_unlock (&self->lock);
  if (thread && done)
    g_thread_join (thread);
  else if (thread)
    g_thread_unref (thread);
  return done;
}

/**
 * recording_writer_get_stats:
 * @self: a writer
 * @stats: (out): what it has done so far
 */
void
recording_writer_get_stats (RecordingWriter * self, RecordingStats * stats)
{
  guint64 overflows, lost;

  recording_ring_get_losses (self->ring, &overflows, &lost);
  g_mutex_lock (&self->lock);
  *stats = self->stats;
  g_mutex_unlock (&self->lock);
  stats->newest = recording_ring_get_newest (self->ring);
  stats->overflows = overflows;
  stats->lost += lost;
}
