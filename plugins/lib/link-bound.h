/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Inside the library only: a bound for messages that come in fragments. */

#include <libsoup/soup.h>

G_BEGIN_DECLS

G_GNUC_INTERNAL void gst_voice_link_bound_prepare (SoupSession * session,
    SoupMessage * handshake, gsize max);

G_END_DECLS
