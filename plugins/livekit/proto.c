/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What protobuf-c leaves open for messages from outside: a bound on their size
 * and on the memory they become, and UTF-8 that is UTF-8. Fields that we do not
 * know are passed over. Only the files that translate messages (model, signal,
 * worker-message, data) include this; nobody else sees protobuf-c.
 *
 * Threads: any. Locks: none.
 */
#include "proto.h"

#include <gst-voice/error.h>
#include <stdlib.h>

/* An empty message inside another takes two bytes on the wire and hundreds in
 * memory; messages that mean something grow by less than four. */
#define MEMORY_BASE (64 * 1024)
#define MEMORY_PER_BYTE 16

/* All map<string, string> entries that protobuf-c generates look like this. */
typedef struct
{
  ProtobufCMessage base;
  char *key;
  char *value;
} Entry;

static void *
budget_alloc (void *data, size_t size)
{
  gsize *left = data;

  if (size > *left)
    return NULL;
  *left -= size;
  return malloc (size);
}

static void
budget_free (void *data, void *memory)
{
  free (memory);
}

static gboolean is_utf8 (const ProtobufCMessage * message);

static gboolean
field_is_utf8 (const ProtobufCFieldDescriptor * field, gconstpointer value)
{
  if (field->type == PROTOBUF_C_TYPE_STRING)
    return !value || g_utf8_validate (value, -1, NULL);
  return !value || is_utf8 (value);
}

static gboolean
is_set (const ProtobufCMessage * message,
    const ProtobufCFieldDescriptor * field)
{
  return !(field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)
      || G_STRUCT_MEMBER (guint32, message, field->quantifier_offset)
      == field->id;
}

/* As deep as the types nest, which is bounded: none contains itself. */
static gboolean
is_utf8 (const ProtobufCMessage * message)
{
  const ProtobufCMessageDescriptor *type = message->descriptor;

  for (guint i = 0; i < type->n_fields; i++) {
    const ProtobufCFieldDescriptor *field = &type->fields[i];
    gpointer *values;
    gsize n = 1;

    if ((field->type != PROTOBUF_C_TYPE_STRING
            && field->type != PROTOBUF_C_TYPE_MESSAGE)
        || !is_set (message, field))
      continue;
    values = G_STRUCT_MEMBER_P (message, field->offset);
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
      n = G_STRUCT_MEMBER (size_t, message, field->quantifier_offset);
      values = *(gpointer **) values;
    }
    for (gsize k = 0; k < n; k++) {
      if (!field_is_utf8 (field, values[k]))
        return FALSE;
    }
  }
  return TRUE;
}

static gpointer
bad (const ProtobufCMessageDescriptor * type, const gchar * why,
    GError ** error)
{
  g_set_error (error, GST_VOICE_ERROR, GST_VOICE_ERROR_BAD_RESPONSE,
      "LiveKit sent a %s that %s", type->short_name, why);
  return NULL;
}

/**
 * livekit_proto_decode:
 * @type: what it shall be
 * @data: the message as it came
 * @max_size: more bytes are refused
 * @error: in the domain %GST_VOICE_ERROR
 *
 * Returns: (transfer full) (nullable): the message, to be freed with
 *   livekit_proto_free ()
 */
gpointer
livekit_proto_decode (const ProtobufCMessageDescriptor * type,
    const guint8 * data, gsize size, gsize max_size, GError ** error)
{
  gsize left;
  ProtobufCAllocator allocator = { budget_alloc, budget_free, &left };
  ProtobufCMessage *message;

  if (size > max_size)
    return bad (type, "is too long", error);
  left = MEMORY_BASE + MEMORY_PER_BYTE * size;
  /* protobuf-c wants an address even of nothing. */
  message = protobuf_c_message_unpack (type, &allocator, size,
      data ? data : (const guint8 *) "");
  if (!message)
    return bad (type, "is damaged or too large when unpacked", error);
  if (!is_utf8 (message)) {
    livekit_proto_free (message);
    return bad (type, "has text that is not UTF-8", error);
  }
  return message;
}

/**
 * livekit_proto_free:
 * @message: (transfer full) (nullable): what livekit_proto_decode () returned
 */
void
livekit_proto_free (gpointer message)
{
  if (message)
    protobuf_c_message_free_unpacked (message, NULL);
}

/**
 * livekit_proto_encode:
 * @message: a message of any type
 *
 * Returns: (transfer full): it as it goes over the wire
 */
GBytes *
livekit_proto_encode (gconstpointer message)
{
  gsize size = protobuf_c_message_get_packed_size (message);
  guint8 *data = g_malloc (MAX (size, 1));

  protobuf_c_message_pack (message, data);
  return g_bytes_new_take (data, size);
}

/**
 * livekit_proto_get_map:
 * @entries: a field of the type map<string, string>
 *
 * Returns: (transfer full): the same as a table of strings
 */
GHashTable *
livekit_proto_get_map (gsize n_entries, gconstpointer entries)
{
  GHashTable *map =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  Entry *const *list = entries;

  for (gsize i = 0; i < n_entries; i++)
    g_hash_table_insert (map, g_strdup (list[i]->key),
        g_strdup (list[i]->value));
  return map;
}

static gint
compare_entries (gconstpointer a, gconstpointer b)
{
  return g_strcmp0 ((*(Entry * const *) a)->key, (*(Entry * const *) b)->key);
}

/**
 * livekit_proto_new_map:
 * @map: (nullable): a table of strings
 * @entry_type: of the entries of the field
 * @n_entries: (out): how many there are
 *
 * Returns: (transfer full) (nullable): a value for a field of the type
 *   map<string, string>, in the order of the keys so that equal maps are equal
 *   bytes; it borrows its strings from @map and is to be freed with
 *   livekit_proto_free_map ()
 */
gpointer
livekit_proto_new_map (GHashTable * map,
    const ProtobufCMessageDescriptor * entry_type, gsize * n_entries)
{
  guint size = map ? g_hash_table_size (map) : 0;
  Entry **entries = size > 0 ? g_new (Entry *, size) : NULL;
  GHashTableIter iter;
  gpointer key, value;
  guint i = 0;

  *n_entries = size;
  if (size == 0)
    return NULL;
  g_assert (entry_type->sizeof_message == sizeof (Entry));
  g_hash_table_iter_init (&iter, map);
  while (g_hash_table_iter_next (&iter, &key, &value)) {
    entries[i] = g_new0 (Entry, 1);
    protobuf_c_message_init (entry_type, entries[i]);
    entries[i]->key = key;
    entries[i++]->value = value;
  }
  qsort (entries, size, sizeof *entries, compare_entries);
  return entries;
}

/**
 * livekit_proto_free_map:
 * @entries: (transfer full) (nullable): what livekit_proto_new_map () returned
 */
void
livekit_proto_free_map (gpointer entries, gsize n_entries)
{
  Entry **list = entries;

  for (gsize i = 0; i < n_entries; i++)
    g_free (list[i]);
  g_free (list);
}
