/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Bounds what a WebSocket's message may have in all. libsoup before 3.8 bounds
 * its frames, and puts the fragments of a message (RFC 6455 §5.4) together
 * without end; only an extension of the protocol sees them come. So there is
 * one that counts them. It is not offered to the service: the handshake's
 * answer is made to look as if it had agreed, just before libsoup reads it.
 *
 * Threads: the network thread. Locks: none.
 */
#include "link-bound.h"

#define NAME "x-gst-voice-bound"
#define HEADER "Sec-WebSocket-Extensions"
#define FIN 0x80
#define OPCODE 0x0f
#define CONTROL 0x08

typedef struct
{
  SoupWebsocketExtension parent;
  guint64 max;
  guint64 size;                 /* of the message, up to now */
} GstVoiceLinkBound;

typedef SoupWebsocketExtensionClass GstVoiceLinkBoundClass;

static GType gst_voice_link_bound_get_type (void);
G_DEFINE_TYPE (GstVoiceLinkBound, gst_voice_link_bound,
    SOUP_TYPE_WEBSOCKET_EXTENSION);

static gboolean
configure (SoupWebsocketExtension * extension,
    SoupWebsocketConnectionType type, GHashTable * params, GError ** error)
{
  GstVoiceLinkBound *self = (GstVoiceLinkBound *) extension;
  const gchar *max = params ? g_hash_table_lookup (params, "max") : NULL;

  return max && g_ascii_string_to_unsigned (max, 10, 0, G_MAXUINT64, &self->max,
      error);
}

static GBytes *
pass_frame (SoupWebsocketExtension * extension, guint8 * header,
    GBytes * payload, GError ** error)
{
  GstVoiceLinkBound *self = (GstVoiceLinkBound *) extension;

  /* They may come between the fragments. */
  if (header[0] & CONTROL)
    return payload;
  if (header[0] & OPCODE)
    self->size = 0;
  self->size += g_bytes_get_size (payload);
  if (self->size <= self->max)
    return payload;
  g_bytes_unref (payload);
  g_set_error_literal (error, SOUP_WEBSOCKET_ERROR,
      SOUP_WEBSOCKET_CLOSE_TOO_BIG, "the fragments are too many");
  return NULL;
}

static void
gst_voice_link_bound_init (GstVoiceLinkBound * self)
{
}

static void
gst_voice_link_bound_class_init (GstVoiceLinkBoundClass * klass)
{
  klass->name = NAME;
  klass->configure = configure;
  klass->process_incoming_message = pass_frame;
}

/* One that brings up an extension, which it was not offered, is refused by
 * libsoup, as it does not know this one. */
static void
on_informational (SoupMessage * handshake, gpointer ours)
{
  SoupMessageHeaders *headers = soup_message_get_response_headers (handshake);
  gboolean wants_one = soup_message_headers_get_list (headers, HEADER) != NULL;

  soup_message_headers_replace (headers, HEADER, wants_one ? "unasked" : ours);
}

static void
free_text (gpointer text, GClosure * closure)
{
  g_free (text);
}

/* To be called before the handshake is sent. No extension is offered, and so
 * nothing is compressed: what is received is what is bounded. */
void
gst_voice_link_bound_prepare (SoupSession * session, SoupMessage * handshake,
    gsize max)
{
  GType ours = gst_voice_link_bound_get_type ();

  if (!soup_session_has_feature (session, ours)) {
    soup_session_add_feature_by_type (session,
        SOUP_TYPE_WEBSOCKET_EXTENSION_MANAGER);
    soup_session_remove_feature_by_type (session,
        SOUP_TYPE_WEBSOCKET_EXTENSION_DEFLATE);
    soup_session_add_feature_by_type (session, ours);
  }
  soup_message_disable_feature (handshake, ours);
  g_signal_connect_data (handshake, "got-informational",
      G_CALLBACK (on_informational), g_strdup_printf (NAME "; max=%"
          G_GSIZE_FORMAT, max), free_text, 0);
}
