/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <protobuf-c/protobuf-c.h>

/* What a signalling or worker connection may send in one message, as the
 * server bounds it for us; a data packet is far smaller. */
#define LIVEKIT_PROTO_MAX_SIZE (2 * 1024 * 1024)

gpointer livekit_proto_decode (const ProtobufCMessageDescriptor * type,
    const guint8 * data, gsize size, gsize max_size, GError ** error);
void livekit_proto_free (gpointer message);
GBytes *livekit_proto_encode (gconstpointer message);

GHashTable *livekit_proto_get_map (gsize n_entries, gconstpointer entries);
gpointer livekit_proto_new_map (GHashTable * map,
    const ProtobufCMessageDescriptor * entry_type, gsize * n_entries);
void livekit_proto_free_map (gpointer entries, gsize n_entries);
