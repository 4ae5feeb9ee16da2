/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Packets of the data channels: where they go when they come, and through
 * which channel they go.
 *
 * Threads: network thread only. Locks: none.
 */
#include "client-private.h"

#include <string.h>

/* The first who knows the method has it. */
static void
tell_call (LivekitClient * self, const LivekitData * packet)
{
  GPtrArray *listeners = client_hold_listeners (self);
  gboolean taken = FALSE;

  for (guint i = 0; i < listeners->len && !taken; i++) {
    ClientListener *listener = listeners->pdata[i];

    if (listener->funcs.call && client_enter (self, listener)) {
      taken = listener->funcs.call (listener->data, packet);
      client_exit (self, listener);
    }
  }
  g_ptr_array_unref (listeners);
  if (!taken)
    client_rpc_answer (self->rpc, packet->identity, packet->rpc_request.id,
        NULL, LIVEKIT_RPC_UNSUPPORTED_METHOD, NULL);
}

static void
take_text (LivekitClient * self, const LivekitData * packet)
{
  LivekitText *text =
      text_streams_take (self->texts, packet, client_room_now ());

  if (text)
    client_tell (self, text, text);
  livekit_text_free (text);
}

static void
take_kind (LivekitClient * self, const LivekitData * packet)
{
  switch (packet->type) {
    case LIVEKIT_DATA_USER:
    case LIVEKIT_DATA_DTMF:
      client_tell (self, packet, packet);
      break;
    case LIVEKIT_DATA_RPC_REQUEST:
      if (client_rpc_take_request (self->rpc, packet, client_room_now ()))
        tell_call (self, packet);
      break;
    case LIVEKIT_DATA_RPC_ACK:
    case LIVEKIT_DATA_RPC_RESPONSE:
      client_rpc_take_reply (self->rpc, packet, client_room_now ());
      break;
    default:
      take_text (self, packet);
      break;
  }
}

/* After a resume others send again what we may have. */
static gboolean
is_repeated (LivekitClient * self, const LivekitData * packet)
{
  RoomEvent event = {.type = ROOM_EVENT_RECEIVED };

  if (packet->sequence == 0 || !*packet->sid)
    return FALSE;
  if (packet->sequence <= room_core_get_received (self->core, packet->sid))
    return TRUE;
  event.received.sid = packet->sid;
  event.received.sequence = packet->sequence;
  client_room_handle (self, &event);
  return FALSE;
}

/**
 * client_packet_take:
 * @message: of a data channel
 */
void
client_packet_take (LivekitClient * self, const guint8 * message, gsize size)
{
  LivekitData *packet = livekit_data_decode (message, size, NULL);

  if (!packet) {
    g_mutex_lock (&self->lock);
    self->stats.malformed++;
    g_mutex_unlock (&self->lock);
    return;
  }
  if (!is_repeated (self, packet))
    take_kind (self, packet);
  livekit_data_free (packet);
  client_room_schedule (self);
}

/* A ClientSendFunc. */
gboolean
client_packet_send (gpointer client, GBytes * packet)
{
  LivekitClient *self = client;
  RtcPeer *publisher = self->peers[LIVEKIT_TARGET_PUBLISHER].peer;
  gsize size;
  const guint8 *data = g_bytes_get_data (packet, &size);

  return publisher
      && rtc_peer_send_message (publisher, "_reliable", TRUE, data, size);
}

/**
 * client_packet_flushed:
 *
 * Something was pushed. What still waits is tried again later; if it waits for
 * the publisher, since there is no track, it is what asks for that.
 */
void
client_packet_flushed (LivekitClient * self)
{
  RoomEvent event = {.type = ROOM_EVENT_NEGOTIATE };

  if (self->connected && !self->negotiated)
    client_room_handle (self, &event);
  else
    client_room_schedule (self);
}

/* A ClientPushFunc. */
gboolean
client_packet_push (gpointer client, GBytes * packet)
{
  LivekitClient *self = client;
  gboolean taken = client_data_push (self->data, packet);

  client_packet_flushed (self);
  return taken;
}

/**
 * client_packet_check_ready:
 *
 * The channel has opened, or the session is there (again) or not.
 */
void
client_packet_check_ready (LivekitClient * self)
{
  client_data_set_ready (self->data, self->connected
      && self->peers[LIVEKIT_TARGET_PUBLISHER].open);
}
