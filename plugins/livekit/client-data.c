/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Reliable packets on their way out, and the text streams that are cut into
 * them. A packet gets its number when it is sent, since a new session begins
 * at 1 again. What is sent is kept, within bounds the latest, for the server
 * to be told again after a resume.
 *
 * What is too much is not taken: at most 1 MiB and 4096 packets wait, and the
 * new one is refused, since what came first was promised first. A text stream
 * that has lost a piece so is aborted: half a text is none. Of what was sent,
 * 128 KiB are kept and the oldest go first; what the server had not got of it
 * is lost, and the server passes over the gap. A full reconnect loses what was
 * sent and not yet received, as with LiveKit's own clients.
 *
 * Threads: one at a time. Locks: none.
 */
#include "client-data.h"

#define MAX_PACKETS 4096        /* that wait; as many are kept */
#define MAX_STREAMS 64

typedef struct
{
  guint32 sequence;
  GBytes *bytes;
} Kept;

typedef struct
{
  gchar *id;
  GStrv to;
  guint64 place;                /* of its header among all packets */
  guint64 next;                 /* chunk */
  gboolean broken;              /* a piece is lost */
} Stream;

struct _ClientData
{
  ClientSendFunc send;
  gpointer data;
  gboolean ready;               /* the channel is there and the session is */
  guint32 sequence;             /* the last one given */
  guint64 pushed;               /* packets, ever */
  GQueue waiting;               /* GBytes, without a number */
  gsize waiting_size;
  GQueue kept;                  /* Kept, in order */
  gsize kept_size;
  guint again;                  /* how many of the last of `kept` are due */
  GHashTable *streams;          /* number → Stream */
};

static void
kept_free (Kept * kept)
{
  g_bytes_unref (kept->bytes);
  g_free (kept);
}

static void
stream_free (Stream * stream)
{
  g_free (stream->id);
  g_strfreev (stream->to);
  g_free (stream);
}

ClientData *
client_data_new (ClientSendFunc send, gpointer data)
{
  ClientData *self = g_new0 (ClientData, 1);

  self->send = send;
  self->data = data;
  g_queue_init (&self->waiting);
  g_queue_init (&self->kept);
  self->streams = g_hash_table_new_full (NULL, NULL, NULL,
      (GDestroyNotify) stream_free);
  return self;
}

static void
forget_kept (ClientData * self)
{
  g_queue_clear_full (&self->kept, (GDestroyNotify) kept_free);
  self->kept_size = 0;
  self->again = 0;
}

void
client_data_free (ClientData * self)
{
  if (!self)
    return;
  forget_kept (self);
  g_queue_clear_full (&self->waiting, (GDestroyNotify) g_bytes_unref);
  g_hash_table_unref (self->streams);
  g_free (self);
}

static void
keep (ClientData * self, GBytes * bytes)
{
  Kept *kept = g_new (Kept, 1);

  kept->sequence = self->sequence;
  kept->bytes = bytes;
  g_queue_push_tail (&self->kept, kept);
  self->kept_size += g_bytes_get_size (bytes);
  while (self->kept_size > CLIENT_DATA_MAX_KEPT
      || self->kept.length > MAX_PACKETS) {
    kept = g_queue_pop_head (&self->kept);
    self->kept_size -= g_bytes_get_size (kept->bytes);
    kept_free (kept);
  }
}

/* What the server has not got of the session before. */
static gboolean
send_again (ClientData * self)
{
  while (self->again > 0) {
    const Kept *kept =
        g_queue_peek_nth (&self->kept, self->kept.length - self->again);

    if (!self->send (self->data, kept->bytes))
      return FALSE;
    if (self->again > 0)        /* the session may have ended meanwhile */
      self->again--;
  }
  return TRUE;
}

/**
 * client_data_flush:
 *
 * Sends what waits, as far as the channel takes it.
 */
void
client_data_flush (ClientData * self)
{
  if (!self->ready || !send_again (self))
    return;
  while (self->ready && self->waiting.length > 0) {
    GBytes *packet = g_queue_peek_head (&self->waiting);
    GBytes *numbered = livekit_data_number (packet, self->sequence + 1);

    if (!self->send (self->data, numbered)) {
      g_bytes_unref (numbered);
      return;
    }
    self->sequence++;
    keep (self, numbered);
    self->waiting_size -= g_bytes_get_size (packet);
    g_queue_pop_head (&self->waiting);
    g_bytes_unref (packet);
  }
}

/**
 * client_data_push:
 * @packet: (transfer full) (nullable): encoded with the sequence 0; %NULL is
 *   what could not be encoded
 *
 * Returns: %FALSE if it is refused
 */
gboolean
client_data_push (ClientData * self, GBytes * packet)
{
  gsize size = packet ? g_bytes_get_size (packet) : 0;

  if (!packet)
    return FALSE;
  /* The number comes on top. */
  if (size > LIVEKIT_DATA_MAX_SIZE - 8
      || self->waiting_size + size > CLIENT_DATA_MAX_WAITING
      || self->waiting.length >= MAX_PACKETS) {
    g_bytes_unref (packet);
    return FALSE;
  }
  self->pushed++;
  g_queue_push_tail (&self->waiting, packet);
  self->waiting_size += size;
  client_data_flush (self);
  return TRUE;
}

/**
 * client_data_set_ready:
 * @ready: the channel is open and the session is not being resumed
 */
void
client_data_set_ready (ClientData * self, gboolean ready)
{
  self->ready = ready;
  client_data_flush (self);
}

/* Its header went to the session that is over, where nothing follows it. */
static void
break_if_begun (gpointer number, gpointer value, gpointer sent)
{
  Stream *stream = value;

  stream->broken = stream->broken || stream->place < *(guint64 *) sent;
}

/**
 * client_data_restart:
 *
 * A new session: numbers begin at 1. What waits goes there; texts whose begin
 * has been sent are aborted.
 */
void
client_data_restart (ClientData * self)
{
  guint64 sent = self->pushed - self->waiting.length;

  g_hash_table_foreach (self->streams, break_if_begun, &sent);
  self->ready = FALSE;
  self->sequence = 0;
  forget_kept (self);
}

/**
 * client_data_resume:
 * @last: what the server has got; what is after it is to be sent again
 */
void
client_data_resume (ClientData * self, guint32 last)
{
  self->again = 0;
  for (GList * i = self->kept.tail; i; i = i->prev) {
    if (((Kept *) i->data)->sequence <= last)
      break;
    self->again++;
  }
}

/**
 * client_data_is_waiting:
 *
 * Returns: whether client_data_flush () has something to do
 */
gboolean
client_data_is_waiting (const ClientData * self)
{
  return self->again > 0 || self->waiting.length > 0;
}

static LivekitEnvelope
envelope_of (const Stream * stream)
{
  /* Only the header is in another's name: the server takes no more. */
  return (LivekitEnvelope) {
  (const gchar * const *) stream->to};
}

/**
 * client_data_open_text:
 * @stream: a number that is not in use
 */
void
client_data_open_text (ClientData * self, guint stream,
    const LivekitEnvelope * envelope, const gchar * topic,
    GHashTable * attributes)
{
  Stream *text;

  if (g_hash_table_size (self->streams) >= MAX_STREAMS)
    return;
  text = g_new0 (Stream, 1);
  text->id = g_uuid_string_random ();
  text->to = g_strdupv ((GStrv) envelope->to);
  text->place = self->pushed;
  text->broken = !client_data_push (self, livekit_data_encode_header (envelope,
          text->id, topic, attributes, g_get_real_time () / 1000));
  g_hash_table_insert (self->streams, GUINT_TO_POINTER (stream), text);
}

static void
write_chunks (ClientData * self, Stream * stream, const gchar * text)
{
  LivekitEnvelope envelope = envelope_of (stream);

  while (*text && !stream->broken) {
    gsize size = livekit_data_chunk_size (text);

    stream->broken = !client_data_push (self, livekit_data_encode_chunk
        (&envelope, stream->id, stream->next++, text, size));
    text += size;
  }
}

/**
 * client_data_write_text:
 * @delta: what is not UTF-8 of it is replaced
 */
void
client_data_write_text (ClientData * self, guint stream, const gchar * delta)
{
  Stream *text = g_hash_table_lookup (self->streams, GUINT_TO_POINTER (stream));
  gchar *valid;

  if (!text)
    return;
  valid = g_utf8_make_valid (delta, -1);
  write_chunks (self, text, valid);
  g_free (valid);
}

/**
 * client_data_close_text:
 * @reason: (nullable): why it is aborted
 * @attributes: (nullable): that come with its end
 */
void
client_data_close_text (ClientData * self, guint stream, const gchar * reason,
    GHashTable * attributes)
{
  Stream *text = g_hash_table_lookup (self->streams, GUINT_TO_POINTER (stream));
  LivekitEnvelope envelope;

  if (!text)
    return;
  envelope = envelope_of (text);
  client_data_push (self, livekit_data_encode_trailer (&envelope, text->id,
          text->broken ? "a piece was lost" : reason, attributes));
  g_hash_table_remove (self->streams, GUINT_TO_POINTER (stream));
}
