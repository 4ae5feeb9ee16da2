/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Puts text streams together, within bounds: so many at a time, so long, so
 * slow. A stream that breaks a rule is dropped as a whole, since half a
 * message is none. Streams are kept by their id alone: the server lets agents
 * put another identity into a header, but not into what follows.
 *
 * Threads: one at a time. Locks: none.
 */
#include "text-stream.h"

#include <string.h>

#define MAX_STREAMS 64
#define MAX_TEXT (256 * 1024)   /* of each */
#define MAX_ATTRIBUTES 64
#define MAX_PAUSE 60000         /* ms without a piece */

typedef struct
{
  LivekitText *text;            /* its text is not set yet */
  GString *content;
  gchar *sid;                   /* of the sender */
  guint64 next;                 /* index of the chunk to come */
  gint64 seen;
} Stream;

struct _TextStreams
{
  GHashTable *open;             /* id → Stream */
};

/**
 * livekit_text_free:
 * @text: (transfer full) (nullable): what text_streams_take () returned
 */
void
livekit_text_free (LivekitText * text)
{
  if (!text)
    return;
  g_free (text->id);
  g_free (text->topic);
  g_free (text->identity);
  g_hash_table_unref (text->attributes);
  g_free (text->text);
  g_free (text);
}

static void
stream_free (Stream * stream)
{
  livekit_text_free (stream->text);
  g_string_free (stream->content, TRUE);
  g_free (stream->sid);
  g_free (stream);
}

static gboolean
is_abandoned (gpointer id, gpointer value, gpointer now)
{
  return *(gint64 *) now - ((Stream *) value)->seen > MAX_PAUSE;
}

static void
merge (GHashTable * into, GHashTable * from)
{
  GHashTableIter iter;
  gpointer key, value;

  g_hash_table_iter_init (&iter, from);
  while (g_hash_table_size (into) < MAX_ATTRIBUTES
      && g_hash_table_iter_next (&iter, &key, &value))
    g_hash_table_replace (into, g_strdup (key), g_strdup (value));
}

/* The text, if it is one. */
static LivekitText *
finish (TextStreams * streams, Stream * stream)
{
  LivekitText *text = NULL;

  if (g_utf8_validate (stream->content->str, stream->content->len, NULL)) {
    text = g_steal_pointer (&stream->text);
    text->text = g_strdup (stream->content->str);
    g_hash_table_remove (streams->open, text->id);
  } else {
    g_hash_table_remove (streams->open, stream->text->id);
  }
  return text;
}

static gboolean
append (TextStreams * streams, Stream * stream, GBytes * content)
{
  gsize size;
  gconstpointer data = g_bytes_get_data (content, &size);

  if (size > MAX_TEXT - stream->content->len)
    return FALSE;
  g_string_append_len (stream->content, data, size);
  return TRUE;
}

static LivekitText *
on_header (TextStreams * streams, const LivekitData * data, gint64 now)
{
  const LivekitStreamHeader *header = &data->header;
  Stream *stream;

  g_hash_table_foreach_remove (streams->open, is_abandoned, &now);
  if (!header->is_text || header->compressed || !*header->id
      || g_hash_table_contains (streams->open, header->id)
      || g_hash_table_size (streams->open) >= MAX_STREAMS)
    return NULL;
  stream = g_new0 (Stream, 1);
  stream->text = g_new0 (LivekitText, 1);
  stream->text->id = g_strdup (header->id);
  stream->text->topic = g_strdup (header->topic);
  stream->text->identity = g_strdup (data->identity);
  stream->text->attributes =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  merge (stream->text->attributes, header->attributes);
  stream->content = g_string_new (NULL);
  stream->sid = g_strdup (data->sid);
  stream->seen = now;
  g_hash_table_insert (streams->open, g_strdup (header->id), stream);
  if (!header->inlined)
    return NULL;
  append (streams, stream, header->inlined);
  return finish (streams, stream);
}

static void
on_chunk (TextStreams * streams, const LivekitData * data, gint64 now)
{
  Stream *stream = g_hash_table_lookup (streams->open, data->chunk.id);

  if (!stream)
    return;
  stream->seen = now;
  if (data->chunk.index != stream->next++
      || !append (streams, stream, data->chunk.content))
    g_hash_table_remove (streams->open, data->chunk.id);
}

static LivekitText *
on_trailer (TextStreams * streams, const LivekitData * data)
{
  Stream *stream = g_hash_table_lookup (streams->open, data->trailer.id);

  if (!stream)
    return NULL;
  if (*data->trailer.reason) {
    g_hash_table_remove (streams->open, data->trailer.id);
    return NULL;
  }
  merge (stream->text->attributes, data->trailer.attributes);
  return finish (streams, stream);
}

/**
 * text_streams_take:
 * @data: any packet
 * @now_ms: milliseconds of any clock that does not jump
 *
 * Returns: (transfer full) (nullable): the text that is complete now
 */
LivekitText *
text_streams_take (TextStreams * streams, const LivekitData * data,
    gint64 now_ms)
{
  switch (data->type) {
    case LIVEKIT_DATA_STREAM_HEADER:
      return on_header (streams, data, now_ms);
    case LIVEKIT_DATA_STREAM_CHUNK:
      on_chunk (streams, data, now_ms);
      return NULL;
    case LIVEKIT_DATA_STREAM_TRAILER:
      return on_trailer (streams, data);
    default:
      return NULL;
  }
}

static gboolean
is_from (gpointer id, gpointer value, gpointer sid)
{
  return g_str_equal (((Stream *) value)->sid, sid);
}

/**
 * text_streams_left:
 * @sid: of a participant that has left: what it began will not end
 */
void
text_streams_left (TextStreams * streams, const gchar * sid)
{
  g_hash_table_foreach_remove (streams->open, is_from, (gpointer) sid);
}

/**
 * text_streams_count:
 *
 * Returns: how many have begun and not ended
 */
guint
text_streams_count (TextStreams * streams)
{
  return g_hash_table_size (streams->open);
}

TextStreams *
text_streams_new (void)
{
  TextStreams *streams = g_new0 (TextStreams, 1);

  streams->open = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      (GDestroyNotify) stream_free);
  return streams;
}

void
text_streams_free (TextStreams * streams)
{
  g_hash_table_unref (streams->open);
  g_free (streams);
}
