/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * One caller of the load generator: joins a room, is greeted, asks when the
 * agent is silent, interrupts it while it speaks, by turns, and measures at its
 * own end of the wire. Or it sends bursts of a tone, or a tone without end, to
 * an agent that returns what it hears. Whether a packet of the agent has sound
 * is judged, unless all is decoded, by its size (the server does not pass its
 * level on), which `check` compares with what it decodes to: the buzz of
 * idletts has 50 bytes and more, silence after it has up to 30, a fade some
 * more.
 *
 * Threads: load_caller_frame() in one; packets come on the network thread; the
 * rest in any. Locks: one, a leaf.
 */
#include "load-caller.h"

#include <client.h>
#include <jwt.h>
#include <math.h>
#include <opus-codec.h>
#include <string.h>

#define MS 1000                 /* in us */
#define SOUND_SIZE 42           /* bytes of a packet with sound */
#define LOUD 50                 /* -dBov, decoded */
#define REST_FRAMES 20          /* between packets while nothing is said */
#define SPOKEN_OUT (400 * MS)   /* so long silent: the agent has finished */
#define THINK (400 * MS)        /* more, at the most, before it asks again */
#define INTERRUPT_AFTER (800 * MS)
#define BURST_EVERY (900 * MS)
#define BURST_MORE (200 * MS)   /* and up to so much more */
#define NO_REPLY (6000 * MS)    /* then we ask again */
#define GAP (60 * MS)           /* between two packets of a speech */
#define LATE (60 * MS)          /* behind the fastest of the stream */
#define MAX_LIST 4096

typedef struct
{
  gint64 at, us;
} Gap;

struct _LoadCaller
{
  const LoadSettings *settings;
  gchar *room;
  LivekitClient *client;
  guint listener;

  /* lock */
  GMutex lock;
  gint64 asked, joined;         /* us; 0: not yet */
  gint64 first_sound;
  gboolean left, own_end;
  LoadTalk talk;
  gchar *error;
  guint reconnected;
  gint64 last_sound, speech_begin;      /* of the agent */
  guint speeches, replied;      /* of the agent; of them, answered by us */
  gint64 question_end;          /* a reply is awaited, or 0 */
  gboolean interrupted;         /* that question did */
  GArray *replies, *cuts;       /* gdouble, ms */
  GArray *returns;              /* likewise: replies to an interruption */
  GArray *gaps;                 /* Gap */
  guint unanswered, uncut;
  guint packets, sounds, lost, late, checked, mistaken;
  guint frames, said;           /* sent; of them, with voice */
  guint highest_sequence, ssrc;
  gint64 previous;              /* the packet before had sound and came then */
  gint64 fastest;               /* arrival less time stamp, us; or G_MAXINT64 */

  /* network thread */
  OpusSpeechDecoder *decoder;

  /* frames' thread */
  GRand *random;
  guint32 tick;                 /* frames since the track's begin */
  const LoadVoice *voice;       /* that is being said, or NULL */
  guint begun, next;            /* frame and packet of it */
  gboolean interrupting;
  gint64 onset;
  gint64 not_before;            /* the next question */
  guint turn;
};

static gchar *
make_token (const LoadSettings * settings, const gchar * room)
{
  LivekitGrants grants = {.identity = "caller",.room = room,
    .room_join = TRUE
  };
  GError *error = NULL;
  gchar *token = livekit_jwt_make (settings->key, settings->secret, &grants,
      g_get_real_time () / G_USEC_PER_SEC, 3600, &error);

  if (!token)
    g_error ("%s", error->message);
  return token;
}

static void
on_state (gpointer data, LivekitClientState state, LivekitReason reason,
    const GError * error)
{
  LoadCaller *self = data;

  g_mutex_lock (&self->lock);
  if (state == LIVEKIT_CLIENT_JOINED)
    self->joined = g_get_monotonic_time ();
  self->reconnected += state == LIVEKIT_CLIENT_RECONNECTED;
  if (state == LIVEKIT_CLIENT_LEFT) {
    self->left = TRUE;
    if (!self->own_end && !self->error)
      self->error = g_strdup (error ? error->message :
          livekit_reason_name (reason));
  }
  g_mutex_unlock (&self->lock);
}

static gboolean
decodes_to_sound (LoadCaller * self, const RtpPacket * packet)
{
  gint16 samples[8 * OPUS_CODEC_MAX_MS];
  gdouble sum = 0;
  guint n;

  if (!self->decoder)
    self->decoder = opus_speech_decoder_new (8000, NULL);
  n = opus_speech_decoder_decode (self->decoder, packet->payload,
      packet->payload_size, samples, G_N_ELEMENTS (samples));
  for (guint i = 0; i < n; i++)
    sum += samples[i] * (gdouble) samples[i];
  return sum > 0 && -10 * log10 (sum / n / (32768. * 32768.)) < LOUD;
}

static void
add (GArray * values, gint64 us)
{
  gdouble ms = us / 1e3;

  if (values->len < MAX_LIST)
    g_array_append_val (values, ms);
}

/* Another source after a reconnect counts from anew. */
static void
count_packet_locked (LoadCaller * self, const RtpPacket * packet, gint64 now)
{
  gint64 transit = now - (gint64) packet->timestamp * 1000 / 48;
  gint64 drift = transit - self->fastest;
  gint16 step = packet->sequence - self->highest_sequence;

  if (packet->ssrc != self->ssrc || ABS (drift) > 60000 * MS) {
    self->ssrc = packet->ssrc;
    self->highest_sequence = packet->sequence;
    self->fastest = transit;
    step = 0;
  }
  self->packets++;
  if (step > 1)
    self->lost += step - 1;
  else if (step < 0 && self->lost > 0)
    self->lost--;
  if (step > 0)
    self->highest_sequence = packet->sequence;
  self->fastest = MIN (self->fastest, transit);
  self->late += transit > self->fastest + LATE;
}

static void
hear_sound_locked (LoadCaller * self, gint64 now)
{
  /* Of what is returned, silence is missing, too. */
  gint64 before = self->settings->decode ? self->last_sound : self->previous;

  self->sounds++;
  if (!self->first_sound)
    self->first_sound = now;
  if (now - self->last_sound > SPOKEN_OUT / 2) {
    self->speeches++;
    self->speech_begin = now;
    if (self->question_end) {
      add (self->interrupted ? self->returns : self->replies,
          now - self->question_end);
      self->question_end = 0;
    }
  }
  if (before && now - before > GAP && self->gaps->len < MAX_LIST) {
    Gap gap = { now, now - before };

    g_array_append_val (self->gaps, gap);
  }
  self->last_sound = now;
}

static void
on_audio (gpointer data, const gchar * identity, const gchar * sid,
    const RtpPacket * packet, gint64 arrived)
{
  LoadCaller *self = data;
  const LoadSettings *settings = self->settings;
  gboolean sound = packet->payload_size >= SOUND_SIZE;
  gboolean loud = (settings->check || settings->decode)
      && decodes_to_sound (self, packet);
  gboolean mistaken = settings->check && loud != sound;
  gint64 now = arrived / 1000;

  if (settings->decode)
    sound = loud;
  g_mutex_lock (&self->lock);
  self->checked += settings->check;
  self->mistaken += mistaken;
  count_packet_locked (self, packet, now);
  if (sound)
    hear_sound_locked (self, now);
  self->previous = sound ? now : 0;
  g_mutex_unlock (&self->lock);
}

static const LivekitListener listener = {
  .state = on_state,
  .audio = on_audio,
};

/**
 * load_caller_new:
 * @settings: must outlive it
 * @seed: of when it asks
 *
 * Returns: (transfer full): a caller that joins
 */
LoadCaller *
load_caller_new (const LoadSettings * settings, const gchar * room, guint seed)
{
  LoadCaller *self = g_new0 (LoadCaller, 1);
  LivekitClientSettings join = {.url = (gchar *) settings->url,
    .token = make_token (settings, room)
  };

  self->settings = settings;
  self->room = g_strdup (room);
  self->random = g_rand_new_with_seed (seed);
  g_mutex_init (&self->lock);
  self->replies = g_array_new (FALSE, FALSE, sizeof (gdouble));
  self->returns = g_array_new (FALSE, FALSE, sizeof (gdouble));
  self->cuts = g_array_new (FALSE, FALSE, sizeof (gdouble));
  self->gaps = g_array_new (FALSE, FALSE, sizeof (Gap));
  self->fastest = G_MAXINT64 / 2;
  self->client = livekit_client_new ();
  self->listener = livekit_client_listen (self->client, &listener, self, NULL);
  livekit_client_publish (self->client, "voice", LIVEKIT_SOURCE_MICROPHONE,
      TRUE);
  self->asked = g_get_monotonic_time ();
  livekit_client_join (self->client, &join);
  g_free (join.token);
  return self;
}

void
load_caller_free (LoadCaller * self)
{
  livekit_client_unlisten (self->client, self->listener);
  livekit_client_unref (self->client);
  if (self->decoder)
    opus_speech_decoder_free (self->decoder);
  g_rand_free (self->random);
  g_array_unref (self->replies);
  g_array_unref (self->returns);
  g_array_unref (self->cuts);
  g_array_unref (self->gaps);
  g_mutex_clear (&self->lock);
  g_free (self->error);
  g_free (self->room);
  g_free (self);
}

static void
begin (LoadCaller * self, const LoadVoice * voice, gboolean interrupting)
{
  self->voice = voice;
  self->begun = self->tick;
  self->next = 0;
  self->interrupting = interrupting;
  self->onset = 0;
  self->turn++;
}

/* One that has not come back when the next one goes never has. */
static void
make_tone_locked (LoadCaller * self, gint64 now)
{
  if (self->talk == LOAD_TONE) {
    begin (self, self->settings->tone, FALSE);
  } else if (now > self->not_before) {
    self->unanswered += self->question_end != 0;
    self->question_end = now;
    self->interrupted = FALSE;
    self->not_before = now + BURST_EVERY
        + g_rand_int_range (self->random, 0, BURST_MORE);
    begin (self, self->settings->burst, FALSE);
  }
}

/* Asks when the agent has spoken out; every second time it interrupts what it
 * is told then, or, with LOAD_PAUSES, makes a pause in what it asks. */
static void
decide_locked (LoadCaller * self, gint64 now)
{
  gboolean speaks = now - self->last_sound < SPOKEN_OUT / 2;

  if (self->talk == LOAD_SILENT || !self->first_sound)
    return;
  if (self->question_end) {
    if (now - self->question_end < NO_REPLY)
      return;
    self->unanswered++;
    self->question_end = 0;
    self->turn = 0;
  }
  if (self->turn % 2 == 1 && self->talk != LOAD_PAUSES) {
    if (speaks && now - self->speech_begin > INTERRUPT_AFTER)
      begin (self, self->settings->interruption, TRUE);
    else if (!speaks && now - self->last_sound > NO_REPLY)
      self->turn++;
  } else if (speaks) {
    self->not_before = self->last_sound + SPOKEN_OUT
        + g_rand_int_range (self->random, 0, THINK);
  } else if (now > self->not_before) {
    begin (self, self->talk == LOAD_PAUSES && self->turn % 2 == 1 ?
        self->settings->paused : self->settings->question, FALSE);
  }
}

static void
send (LoadCaller * self, GBytes * opus, guint level, gboolean voice,
    gboolean marker)
{
  livekit_client_send_audio (self->client, opus, self->tick * LOAD_FRAME_TICKS,
      level, voice, marker);
}

/* The words are over: from here on a reply is awaited. An agent that was
 * interrupted has been silent for long. */
static void
finish_locked (LoadCaller * self, gint64 now)
{
  self->question_end = now;
  self->interrupted = self->interrupting;
  if (!self->interrupting)
    return;
  if (now - self->last_sound > SPOKEN_OUT / 2 && self->last_sound > self->onset)
    add (self->cuts, self->last_sound - self->onset);
  else
    self->uncut++;
}

static gboolean
talks (LoadTalk talk)
{
  return talk == LOAD_TALKS || talk == LOAD_PAUSES;
}

static void
speak_locked (LoadCaller * self, gint64 now)
{
  guint frame = self->tick - self->begun;
  const LoadPacket *packet = &g_array_index (self->voice->packets, LoadPacket,
      MIN (self->next, self->voice->packets->len - 1));

  if (frame == 0)
    self->onset = now;
  self->said += frame <= self->voice->last_voice;
  if (self->next < self->voice->packets->len && packet->frame == frame) {
    send (self, packet->opus, packet->level, packet->voice, packet->marker);
    self->next++;
  }
  if (frame == self->voice->last_voice && talks (self->talk))
    finish_locked (self, now);
  if (frame + 1 >= self->voice->frames)
    self->voice = NULL;
}

/**
 * load_caller_frame:
 * @now: us
 *
 * To be called each 20 ms: sends what is to be sent.
 */
void
load_caller_frame (LoadCaller * self, gint64 now)
{
  g_mutex_lock (&self->lock);
  if (self->joined && !self->left) {
    if (!self->voice && (self->talk == LOAD_BURSTS || self->talk == LOAD_TONE))
      make_tone_locked (self, now);
    else if (!self->voice)
      decide_locked (self, now);
    if (self->voice)
      speak_locked (self, now);
    else if (self->tick % REST_FRAMES == 0)
      send (self, load_voice_rest (self->settings->question), 127, FALSE,
          FALSE);
    self->frames++;
    self->tick++;
  }
  g_mutex_unlock (&self->lock);
}

/**
 * load_caller_set_talk:
 *
 * What it says from now on, when it has said what it is saying.
 */
void
load_caller_set_talk (LoadCaller * self, LoadTalk talk)
{
  g_mutex_lock (&self->lock);
  self->talk = talk;
  g_mutex_unlock (&self->lock);
}

void
load_caller_simulate (LoadCaller * self, const gchar * scenario)
{
  livekit_client_simulate (self->client, scenario);
}

static gboolean
look (LoadCaller * self, const gint64 * time)
{
  gboolean so;

  g_mutex_lock (&self->lock);
  so = *time != 0;
  g_mutex_unlock (&self->lock);
  return so;
}

gboolean
load_caller_is_joined (LoadCaller * self)
{
  return look (self, &self->joined);
}

gboolean
load_caller_is_greeted (LoadCaller * self)
{
  return look (self, &self->first_sound);
}

gboolean
load_caller_has_left (LoadCaller * self)
{
  gboolean left;

  g_mutex_lock (&self->lock);
  left = self->left;
  g_mutex_unlock (&self->lock);
  return left;
}

void
load_caller_leave (LoadCaller * self)
{
  g_mutex_lock (&self->lock);
  self->own_end = TRUE;
  g_mutex_unlock (&self->lock);
  livekit_client_leave (self->client, LIVEKIT_REASON_CLIENT_INITIATED);
}

/**
 * load_caller_forget:
 *
 * What is measured counts from here on.
 */
void
load_caller_forget (LoadCaller * self)
{
  g_mutex_lock (&self->lock);
  g_array_set_size (self->replies, 0);
  g_array_set_size (self->returns, 0);
  g_array_set_size (self->cuts, 0);
  g_array_set_size (self->gaps, 0);
  self->unanswered = self->uncut = 0;
  self->packets = self->sounds = self->lost = self->late = 0;
  self->checked = self->mistaken = 0;
  self->frames = self->said = 0;
  g_mutex_unlock (&self->lock);
}

static void
write_list (GString * json, const gchar * name, GArray * values)
{
  g_string_append_printf (json, ", \"%s\": [", name);
  for (guint i = 0; i < values->len; i++)
    g_string_append_printf (json, "%s%.2f", i ? ", " : "",
        g_array_index (values, gdouble, i));
  g_string_append_c (json, ']');
}

static void
write_gaps (GString * json, GArray * gaps)
{
  g_string_append (json, ", \"gaps\": [");
  for (guint i = 0; i < gaps->len; i++)
    g_string_append_printf (json, "%s[%" G_GINT64_FORMAT ", %.1f]",
        i ? ", " : "", g_array_index (gaps, Gap, i).at,
        g_array_index (gaps, Gap, i).us / 1e3);
  g_string_append_c (json, ']');
}

/**
 * load_caller_report:
 * @json: to which an object is appended; times of the machine's clock in us,
 *   spans in ms
 */
void
load_caller_report (LoadCaller * self, GString * json)
{
  LivekitClientStats stats;

  livekit_client_get_stats (self->client, &stats);
  g_mutex_lock (&self->lock);
  g_string_append_printf (json, "{\"room\": \"%s\", \"asked\": %"
      G_GINT64_FORMAT ", \"joined\": %" G_GINT64_FORMAT
      ", \"first-sound\": %" G_GINT64_FORMAT ", \"last-sound\": %"
      G_GINT64_FORMAT, self->room, self->asked, self->joined,
      self->first_sound, self->last_sound);
  g_string_append_printf (json, ", \"unanswered\": %u, \"uncut\": %u, "
      "\"packets\": %u, \"sounds\": %u, \"lost\": %u, \"late\": %u, "
      "\"checked\": %u, \"mistaken\": %u, \"frames\": %u, \"said\": %u, "
      "\"reconnected\": %u", self->unanswered, self->uncut, self->packets,
      self->sounds, self->lost, self->late, self->checked, self->mistaken,
      self->frames, self->said, self->reconnected);
  g_string_append_printf (json, ", \"publisher\": %.1f, \"subscriber\": %.1f",
      stats.publisher_connected / 1e6, stats.subscriber_connected / 1e6);
  write_list (json, "replies", self->replies);
  write_list (json, "returns", self->returns);
  write_list (json, "cuts", self->cuts);
  write_gaps (json, self->gaps);
  if (self->error) {
    gchar *error = g_strescape (self->error, NULL);

    g_string_append_printf (json, ", \"error\": \"%s\"", error);
    g_free (error);
  }
  g_string_append_c (json, '}');
  g_mutex_unlock (&self->lock);
}
