/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * libnice, and what it leaves to do: servers by name without a warning or a
 * wait, TURN over TLS, an end of looking for a path. Candidates of the other
 * side wait for its credentials. A path that is freed still gives its relays
 * back to the servers, which would keep them for ten minutes.
 *
 * Threads: the network thread only. Locks: none.
 */
#include "ice-path.h"
#include "ice-candidate.h"
#include "turn-bridge.h"

#include <agent.h>
#include <gst-voice/io.h>
#include <interfaces.h>
#include <string.h>

#define COMPONENT 1             /* RTCP and DTLS share it (BUNDLE) */
#define MAX_CANDIDATES 64       /* of the other side, held or given to ICE */
#define MAX_RELAYS NICE_CANDIDATE_MAX_TURN_SERVERS
#define MAX_USER 508            /* RFC 8489 14.3 */
#define MAX_CREDENTIAL 256      /* RFC 8839 5.4 */
#define MAX_SERVERS 16          /* that we look at */
#define NAMES_MS 300            /* that candidates wait for names at most */
#define GATHER_MS 8000          /* for servers to answer in */
#define TCP_MS 300              /* that TCP waits for UDP */
/* The shortest that RFC 8445 (14.2) allows: with 50 ms checks take longer than
 * all the rest, and there are only a few. */
#define PACE_MS 5
/* A path that is found needs no more checks of libnice's, whose timer would
 * look for some, each 5 ms for 5 s. */
#define IDLE_MS 50
#define PATIENCE_MS 15000
#define CLOSE_MS 500            /* for relays to be given back at the end */
/* For 2 s libnice goes on giving back a relay that it has no use for, also when
 * the server has long answered. Before 0.1.23 nice_agent_close_async() does not
 * wait for that: an agent that is freed meanwhile leaks 80 kB for each, and
 * what was lost on the way is not repeated. */
#define SPARE_MS 2500

struct _IcePath
{
  guint refs;                   /* the owner's and those of operations */
  gboolean freed;
  IcePathEvents events;
  gpointer data;
  RtcSettings settings;         /* without the strings of others */
  gchar *local_address;
  RtcServer *servers;

  NiceAgent *agent;
  guint stream;
  GSource *spared;              /* compared only, see spare_wakeups() */
  gchar *ufrag, *password, *remote_ufrag, *remote_password;
  gboolean found, lost;
  gboolean here[2];             /* IPv4, IPv6: on loopback for TURN alone */
  guint n_addresses[2];         /* of ours, loopback for TURN among them */
  guint n_asked[2];             /* relays from each, by TCP for ICE-TCP, too */
  GQueue candidates;            /* of gchar *, until there are credentials */
  GQueue tcp;                   /* of gchar *, until UDP has had its time */
  guint n_candidates;

  gboolean gathering, gathered, told_all;
  gint64 gathered_at;
  GCancellable *names;
  guint n_names;                /* still asked for */
  GSList *bridges;
  guint n_relays;               /* servers given to libnice */
  guint n_failed;               /* of them: whose bridge has */
  gboolean relayed;             /* there is a candidate */
  GError *error;                /* of a bridge */
  GstVoiceIoTimer *gather_timer, *path_timer, *tcp_timer;
};

/* An agent that gives back its relays, and what it does so through. */
typedef struct
{
  NiceAgent *agent;
  GSList *bridges;
  gboolean has_spares;          /* relays that libnice has no use for */
  gint64 gathered_at;           /* 0: relays may still be granted */
  gboolean closing, closed;
  GstVoiceIoTimer *timer;       /* what it waits for has its time */
} Closing;

static GPrivate closings;       /* of GQueue *: those of this thread */

static void
path_unref (IcePath * self)
{
  if (--self->refs > 0)
    return;
  g_queue_clear_full (&self->candidates, g_free);
  g_queue_clear_full (&self->tcp, g_free);
  rtc_servers_free (self->servers, self->settings.n_servers);
  g_clear_error (&self->error);
  g_object_unref (self->names);
  g_free (self->local_address);
  g_free (self->ufrag);
  g_free (self->password);
  g_free (self->remote_ufrag);
  g_free (self->remote_password);
  g_free (self);
}

/* The caller holds a reference. */
static void
lose (IcePath * self, GIOErrorEnum code, const gchar * why)
{
  GError *error;

  if (self->freed || self->lost)
    return;
  self->lost = TRUE;
  gst_voice_io_timer_stop (self->path_timer);
  error = g_error_new_literal (G_IO_ERROR, code, why);
  self->events.lost (self->data, self, error);
  g_error_free (error);
}

static void
lose_relays (IcePath * self)
{
  gchar *why = self->error ?
      g_strconcat ("No TURN server gives a relay; the last one: ",
      self->error->message, NULL) :
      g_strdup (self->n_relays == 0 ? "No TURN server to be relayed by" :
      "No TURN server gives a relay: they do not answer, or refuse user and "
      "password");

  lose (self, G_IO_ERROR_PROXY_FAILED, why);
  g_free (why);
}

static void
tell_end (IcePath * self)
{
  if (self->freed || self->told_all)
    return;
  self->told_all = TRUE;
  gst_voice_io_timer_stop (self->gather_timer);
  self->events.candidate (self->data, self, NULL);
  if (self->settings.relay_only && !self->relayed)
    lose_relays (self);
}

static gboolean
is_loopback (const gchar * text)
{
  GInetAddress *address = g_inet_address_new_from_string (text);
  gboolean loopback = address && g_inet_address_get_is_loopback (address);

  g_clear_object (&address);
  return loopback;
}

static gboolean
is_to_be_told (const IcePath * self, const NiceCandidate * candidate)
{
  gboolean ipv6 = nice_address_ip_version (&candidate->base_addr) == 6;
  gchar base[NICE_ADDRESS_STRING_LEN];

  if (candidate->type == NICE_CANDIDATE_TYPE_RELAYED)
    return TRUE;
  nice_address_to_string (&candidate->base_addr, base);
  return !self->settings.relay_only
      && !(self->here[ipv6] && is_loopback (base));
}

static void
on_candidate (NiceAgent * agent, NiceCandidate * candidate, IcePath * self)
{
  gboolean relay = candidate->type == NICE_CANDIDATE_TYPE_RELAYED;
  gchar *line, *text;

  if (self->told_all || !is_to_be_told (self, candidate))
    return;
  line = nice_agent_generate_local_candidate_sdp (agent, candidate);
  text = g_str_has_prefix (line, "a=") ? line + 2 : line;
  text = relay ? ice_candidate_without_related (text) : g_strdup (text);
  self->refs++;
  self->relayed |= relay;
  if (!self->freed)
    self->events.candidate (self->data, self, text);
  g_free (text);
  g_free (line);
  path_unref (self);
}

static void
on_gathered (NiceAgent * agent, guint stream, IcePath * self)
{
  self->refs++;
  self->gathered = TRUE;
  self->gathered_at = g_get_monotonic_time ();
  if (self->n_names == 0)
    tell_end (self);
  path_unref (self);
}

static void
start_patience (IcePath * self)
{
  gst_voice_io_timer_start (self->path_timer, self->settings.patience ?
      self->settings.patience : PATIENCE_MS);
}

/* Before a path is found libnice may call the matter failed as often as it
 * likes: there may be candidates still to come. A path of TCP that breaks
 * makes it look again. */
static void
on_ice_state (NiceAgent * agent, guint stream, guint component, guint state,
    IcePath * self)
{
  self->refs++;
  if (state == NICE_COMPONENT_STATE_CONNECTED
      || state == NICE_COMPONENT_STATE_READY) {
    gst_voice_io_timer_stop (self->path_timer);
    gst_voice_io_timer_stop (self->tcp_timer);
    if (state == NICE_COMPONENT_STATE_READY)
      g_object_set (agent, "idle-timeout", IDLE_MS, NULL);
    if (!self->found && !self->lost && !self->freed) {
      self->found = TRUE;
      self->events.found (self->data, self);
    }
  } else if (state == NICE_COMPONENT_STATE_FAILED && self->found) {
    lose (self, G_IO_ERROR_TIMED_OUT, "The other side answers no more");
  } else if (self->found && !self->lost) {
    start_patience (self);
  }
  path_unref (self);
}

/* A source that may not recurse is taken from what is polled while it is
 * dispatched, which wakes the context twice and costs a second round of it for
 * each packet. Nobody here runs the context from inside a callback, so a
 * socket's source may as well be allowed to. */
static void
spare_wakeups (IcePath * self)
{
  GSource *source = g_main_current_source ();

  if (source && source != self->spared) {
    self->spared = source;
    g_source_set_can_recurse (source, TRUE);
  }
}

static void
on_datagram (NiceAgent * agent, guint stream, guint component, guint size,
    gchar * buffer, gpointer data)
{
  IcePath *self = data;

  if (!self)
    return;
  spare_wakeups (self);
  self->refs++;
  self->events.datagram (self->data, self, (const guint8 *) buffer, size);
  path_unref (self);
}

static void
on_path_timeout (gpointer data)
{
  IcePath *self = data;

  self->refs++;
  lose (self, G_IO_ERROR_TIMED_OUT, "ICE finds no path");
  path_unref (self);
}

/* Only the first error of a bridge counts, there is a link an address. */
static void
on_bridge_failed (gpointer data, const GError * error)
{
  IcePath *self = data;

  self->n_failed++;
  if (self->freed || self->relayed)
    return;
  if (!self->error)
    self->error = g_error_copy (error);
  if (self->settings.relay_only && self->n_names == 0
      && self->n_failed >= self->n_relays) {
    self->refs++;
    tell_end (self);
    path_unref (self);
  }
}

static gboolean
use_address (IcePath * self, const gchar * text)
{
  NiceAddress *address = nice_address_new ();
  gboolean good = nice_address_set_from_string (address, text)
      && nice_agent_add_local_address (self->agent, address);

  if (good)
    self->n_addresses[nice_address_ip_version (address) == 6]++;
  nice_address_free (address);
  return good;
}

/* libnice binds a UDP socket to the interface of its address, so only one on
 * the loopback interface gets to a server there. It is not told as a candidate
 * of its own. */
static void
be_near (IcePath * self, const gchar * server)
{
  gboolean ipv6 = strchr (server, ':') != NULL;

  if (!is_loopback (server) || self->here[ipv6]
      || (self->local_address ? is_loopback (self->local_address) :
          self->settings.loopback))
    return;
  self->here[ipv6] = use_address (self, ipv6 ? "::1" : "127.0.0.1");
}

static void
add_relay (IcePath * self, const RtcServer * server, const gchar * address,
    guint port, NiceRelayType type)
{
  if (self->n_relays < MAX_RELAYS && port > 0 && port <= G_MAXUINT16
      && (!server->user || strlen (server->user) <= MAX_USER)
      && nice_agent_set_relay_info (self->agent, self->stream, COMPONENT,
          address, port, server->user ? server->user : "",
          server->password ? server->password : "", type)) {
    self->n_relays++;
    self->n_asked[strchr (address, ':') != NULL] +=
        type == NICE_RELAY_TYPE_TURN_TCP && self->settings.tcp ? 2 : 1;
    if (type == NICE_RELAY_TYPE_TURN_UDP)
      be_near (self, address);
    /* One that comes late makes libnice gather again, and say so. */
    self->gathered = FALSE;
  }
}

static gboolean
has_ipv4 (IcePath * self)
{
  GList *addresses;
  gboolean found = FALSE;

  if (self->local_address)
    return !strchr (self->local_address, ':');
  addresses = nice_interfaces_get_local_ips (FALSE);
  for (GList * item = addresses; item; item = item->next)
    found |= !strchr (item->data, ':');
  g_list_free_full (addresses, g_free);
  return found;
}

static void
add_bridge (IcePath * self, const RtcServer * server)
{
  gboolean ipv6 = !has_ipv4 (self);
  TurnBridge *bridge;

  g_clear_error (&self->error);
  bridge = turn_bridge_new (server->host, server->port, ipv6,
      on_bridge_failed, self, &self->error);
  if (!bridge)
    return;
  self->bridges = g_slist_prepend (self->bridges, bridge);
  add_relay (self, server, ipv6 ? "::1" : "127.0.0.1",
      turn_bridge_get_port (bridge), NICE_RELAY_TYPE_TURN_TCP);
}

/* libnice asks one STUN server only, at one address. TURN servers tell our
 * address, too. */
static void
add_stun (IcePath * self, const gchar * address, guint port)
{
  gboolean ipv6 = strchr (address, ':') != NULL;
  gchar *had;

  g_object_get (self->agent, "stun-server", &had, NULL);
  if (!had && !self->gathering && ipv6 != has_ipv4 (self) && port > 0
      && port <= G_MAXUINT16)
    g_object_set (self->agent, "stun-server", address, "stun-server-port",
        port, NULL);
  g_free (had);
}

static void
add_server (IcePath * self, const RtcServer * server, const gchar * address)
{
  if (server->kind == RTC_SERVER_STUN)
    add_stun (self, address, server->port);
  else
    add_relay (self, server, address, server->port,
        server->kind == RTC_SERVER_TURN_UDP ? NICE_RELAY_TYPE_TURN_UDP :
        NICE_RELAY_TYPE_TURN_TCP);
}

typedef struct
{
  IcePath *path;
  const RtcServer *server;
} Lookup;

static gboolean
begin_gathering (IcePath * self)
{
  self->gathering = TRUE;
  gst_voice_io_timer_start (self->gather_timer, GATHER_MS);
  if (nice_agent_gather_candidates (self->agent, self->stream))
    return TRUE;
  lose (self, G_IO_ERROR_NETWORK_UNREACHABLE,
      "No address to gather ICE candidates from");
  return FALSE;
}

/* The first of each family. */
static void
take_addresses (IcePath * self, const RtcServer * server, GList * addresses)
{
  gboolean had[2] = { FALSE, FALSE };

  for (GList * item = addresses; item; item = item->next) {
    gboolean ipv6 = g_inet_address_get_family (item->data)
        == G_SOCKET_FAMILY_IPV6;
    gchar *address = g_inet_address_to_string (item->data);

    if (!had[ipv6])
      add_server (self, server, address);
    had[ipv6] = TRUE;
    g_free (address);
  }
}

static void
on_names_known (IcePath * self)
{
  if (!self->gathering)
    begin_gathering (self);
  else if (self->gathered)
    tell_end (self);
}

static void
on_name (GObject * resolver, GAsyncResult * result, gpointer data)
{
  Lookup *lookup = data;
  IcePath *self = lookup->path;
  GList *addresses = g_resolver_lookup_by_name_finish (G_RESOLVER (resolver),
      result, NULL);

  self->n_names--;
  if (!self->freed) {
    take_addresses (self, lookup->server, addresses);
    if (self->n_names == 0)
      on_names_known (self);
  }
  g_resolver_free_addresses (addresses);
  g_free (lookup);
  path_unref (self);
}

static void
look_up (IcePath * self, const RtcServer * server)
{
  GResolver *resolver = g_resolver_get_default ();
  Lookup *lookup = g_new (Lookup, 1);

  lookup->path = self;
  lookup->server = server;
  self->refs++;
  self->n_names++;
  g_resolver_lookup_by_name_async (resolver, server->host, self->names,
      on_name, lookup);
  g_object_unref (resolver);
}

static void
use_servers (IcePath * self)
{
  for (guint i = 0; i < self->settings.n_servers; i++) {
    const RtcServer *server = &self->servers[i];

    if (server->kind == RTC_SERVER_TURN_TLS)
      add_bridge (self, server);
    else if (g_hostname_is_ip_address (server->host))
      add_server (self, server, server->host);
    else
      look_up (self, server);
  }
}

static void
on_gather_timeout (gpointer data)
{
  IcePath *self = data;

  self->refs++;
  if (!self->gathering)
    on_names_known (self);
  else
    tell_end (self);
  path_unref (self);
}

static gboolean
give_candidate (IcePath * self, const gchar * candidate)
{
  gchar *line = g_strconcat ("a=", candidate, NULL);
  NiceCandidate *parsed = nice_agent_parse_remote_candidate_sdp (self->agent,
      self->stream, line);
  GSList *list;
  gboolean good = FALSE;

  g_free (line);
  if (parsed) {
    list = g_slist_append (NULL, parsed);
    good = nice_agent_set_remote_candidates (self->agent, self->stream,
        COMPONENT, list) > 0;
    g_slist_free_full (list, (GDestroyNotify) nice_candidate_free);
  }
  return good;
}

static gboolean
use_candidate (IcePath * self, const gchar * candidate)
{
  if (self->remote_ufrag)
    return give_candidate (self, candidate);
  g_queue_push_tail (&self->candidates, g_strdup (candidate));
  return TRUE;
}

static void
on_tcp_timeout (gpointer data)
{
  IcePath *self = data;
  gchar *candidate;

  self->refs++;
  while (!self->freed && (candidate = g_queue_pop_head (&self->tcp))) {
    use_candidate (self, candidate);
    g_free (candidate);
  }
  path_unref (self);
}

/* With one of TCP among them libnice nominates only when it has tried most,
 * and with a check more: a round trip that UDP does not need. */
static void
hold_tcp (IcePath * self, const gchar * candidate)
{
  if (g_queue_is_empty (&self->tcp))
    gst_voice_io_timer_start (self->tcp_timer, self->settings.tcp_wait ?
        self->settings.tcp_wait : TCP_MS);
  g_queue_push_tail (&self->tcp, g_strdup (candidate));
}

/* All but those that are good on one wire only: no path begins there, and each
 * would have two sockets that are looked at with every packet. */
static void
use_addresses (IcePath * self)
{
  GList *addresses = nice_interfaces_get_local_ips (self->settings.loopback);

  for (GList * item = addresses; item; item = item->next) {
    GInetAddress *address = g_inet_address_new_from_string (item->data);

    if (address && !g_inet_address_get_is_link_local (address))
      use_address (self, item->data);
    g_clear_object (&address);
  }
  g_list_free_full (addresses, g_free);
}

static gboolean
set_up_agent (IcePath * self)
{
  const RtcSettings *settings = &self->settings;

  self->agent = nice_agent_new_full (g_main_context_get_thread_default (),
      NICE_COMPATIBILITY_RFC5245, NICE_AGENT_OPTION_ICE_TRICKLE
      | NICE_AGENT_OPTION_CONSENT_FRESHNESS);
  g_object_set (self->agent, "upnp", FALSE, "ice-tcp", settings->tcp,
      "controlling-mode", settings->controlling, "force-relay",
      settings->relay_only, "stun-pacing-timer", PACE_MS, NULL);
  if (!self->local_address)
    use_addresses (self);
  else if (!use_address (self, self->local_address))
    return FALSE;
  self->stream = nice_agent_add_stream (self->agent, 1);
  if (self->stream == 0)
    return FALSE;
  if (settings->max_port > 0)
    nice_agent_set_port_range (self->agent, self->stream, COMPONENT,
        MAX (settings->min_port, 1), settings->max_port);
  g_signal_connect (self->agent, "component-state-changed",
      G_CALLBACK (on_ice_state), self);
  g_signal_connect (self->agent, "new-candidate-full",
      G_CALLBACK (on_candidate), self);
  g_signal_connect (self->agent, "candidate-gathering-done",
      G_CALLBACK (on_gathered), self);
  return nice_agent_get_local_credentials (self->agent, self->stream,
      &self->ufrag, &self->password)
      && nice_agent_attach_recv (self->agent, self->stream, COMPONENT,
      g_main_context_get_thread_default (), on_datagram, self);
}

/**
 * ice_path_new:
 * @settings: how it is to be found
 * @events: what to call; all of them
 * @data: with what
 *
 * Returns: (transfer full) (nullable): a path that is not looked for yet
 */
IcePath *
ice_path_new (const RtcSettings * settings, const IcePathEvents * events,
    gpointer data)
{
  IcePath *self;

  g_return_val_if_fail (gst_voice_io_is_owner (), NULL);
  self = g_new0 (IcePath, 1);
  self->refs = 1;
  self->events = *events;
  self->data = data;
  self->settings = *settings;
  self->settings.n_servers = MIN (settings->n_servers, MAX_SERVERS);
  self->servers = rtc_servers_copy (settings->servers,
      self->settings.n_servers);
  self->local_address = g_strdup (settings->local_address);
  self->names = g_cancellable_new ();
  self->gather_timer = gst_voice_io_timer_new (on_gather_timeout, self);
  self->path_timer = gst_voice_io_timer_new (on_path_timeout, self);
  self->tcp_timer = gst_voice_io_timer_new (on_tcp_timeout, self);
  if (settings->min_port <= settings->max_port
      && settings->max_port <= G_MAXUINT16 && set_up_agent (self))
    return self;
  ice_path_free (self);
  return NULL;
}

static void
closing_free (Closing * closing)
{
  GQueue *queue = g_private_get (&closings);

  if (queue)
    g_queue_remove (queue, closing);
  gst_voice_io_timer_free (closing->timer);
  g_slist_free_full (closing->bridges, (GDestroyNotify) turn_bridge_free);
  g_object_unref (closing->agent);
  g_free (closing);
}

static void
on_closed (GObject * agent, GAsyncResult * result, gpointer data)
{
  Closing *closing = data;
  gboolean over = !g_private_get (&closings);
  gint64 since = g_get_monotonic_time () - closing->gathered_at;

  closing->closed = TRUE;
  if (closing->has_spares && !over && since < SPARE_MS * 1000)
    gst_voice_io_timer_start (closing->timer, SPARE_MS - since / 1000);
  else
    closing_free (closing);
}

static void
close_now (Closing * closing)
{
  if (closing->closing)
    return;
  closing->closing = TRUE;
  gst_voice_io_timer_stop (closing->timer);
  if (closing->gathered_at == 0)
    closing->gathered_at = g_get_monotonic_time ();
  g_signal_handlers_disconnect_by_data (closing->agent, closing);
  nice_agent_close_async (closing->agent, on_closed, closing);
}

static void
on_closing_timeout (gpointer data)
{
  Closing *closing = data;

  if (closing->closed)
    closing_free (closing);
  else
    close_now (closing);
}

static void
stop_waiting (gpointer data)
{
  *(gboolean *) data = TRUE;
}

static void
wait_for_closings (GQueue * queue)
{
  gboolean over = FALSE;
  GstVoiceIoTimer *timer = gst_voice_io_timer_new (stop_waiting, &over);

  gst_voice_io_timer_start (timer, CLOSE_MS);
  while (!g_queue_is_empty (queue) && !over)
    g_main_context_iteration (g_main_context_get_thread_default (), TRUE);
  gst_voice_io_timer_free (timer);
}

static gint
compare_closed (gconstpointer closing, gconstpointer unused)
{
  return ((const Closing *) closing)->closed ? 0 : 1;
}

/* A server that does not answer is not waited for. */
static void
close_all (gpointer data)
{
  GQueue *queue = data;
  Closing *closing;

  wait_for_closings (queue);
  for (GList * item = queue->head; item; item = item->next)
    close_now (item->data);
  wait_for_closings (queue);
  while (g_queue_find_custom (queue, NULL, compare_closed))
    g_main_context_iteration (g_main_context_get_thread_default (), TRUE);
  while ((closing = g_queue_pop_head (queue)))
    g_slist_free_full (g_steal_pointer (&closing->bridges),
        (GDestroyNotify) turn_bridge_free);
  g_private_set (&closings, NULL);
  g_queue_free (queue);
}

static GQueue *
get_closings (void)
{
  GQueue *queue = g_private_get (&closings);

  if (!queue) {
    queue = g_queue_new ();
    g_private_set (&closings, queue);
    gst_voice_io_at_end (close_all, queue);
  }
  return queue;
}

/* libnice asks a server from each of our addresses of its family, but has no
 * use for two relays with one address. */
static gboolean
may_have_spares (const IcePath * self)
{
  guint n = 0;

  for (guint i = 0; i < G_N_ELEMENTS (self->n_asked); i++)
    n += self->n_addresses[i] * self->n_asked[i];
  return self->gathering && n > 1 && (self->relayed || !self->gathered);
}

/* What a server grants after nice_agent_close_async() it does not get back, so
 * what has been asked for is waited for; meanwhile other credentials keep the
 * agent from answering the other side. */
static void
close_relays (IcePath * self)
{
  Closing *closing = g_new0 (Closing, 1);
  gboolean over = !self->gathering || self->gathered;

  closing->has_spares = may_have_spares (self);
  closing->agent = g_steal_pointer (&self->agent);
  closing->bridges = g_steal_pointer (&self->bridges);
  closing->timer = gst_voice_io_timer_new (on_closing_timeout, closing);
  for (GSList * item = closing->bridges; item; item = item->next)
    turn_bridge_mute (item->data);
  g_queue_push_tail (get_closings (), closing);
  if (!over || closing->has_spares)
    nice_agent_restart_stream (closing->agent, self->stream);
  if (over) {
    closing->gathered_at = self->gathered_at;
    close_now (closing);
    return;
  }
  g_signal_connect_swapped (closing->agent, "candidate-gathering-done",
      G_CALLBACK (close_now), closing);
  gst_voice_io_timer_start (closing->timer, GATHER_MS);
}

static void
leave_agent (IcePath * self)
{
  g_signal_handlers_disconnect_by_data (self->agent, self);
  /* Answers of TURN servers are still to be received. */
  if (self->stream > 0)
    nice_agent_attach_recv (self->agent, self->stream, COMPONENT,
        g_main_context_get_thread_default (), on_datagram, NULL);
  if (self->n_relays > 0)
    close_relays (self);
  else if (self->stream > 0)
    nice_agent_remove_stream (self->agent, self->stream);
  g_clear_object (&self->agent);
}

/**
 * ice_path_free:
 * @self: (transfer full) (nullable): a path; nothing is called any more
 */
void
ice_path_free (IcePath * self)
{
  if (!self)
    return;
  self->freed = TRUE;
  g_cancellable_cancel (self->names);
  gst_voice_io_timer_free (self->gather_timer);
  gst_voice_io_timer_free (self->path_timer);
  gst_voice_io_timer_free (self->tcp_timer);
  if (self->agent)
    leave_agent (self);
  g_slist_free_full (g_steal_pointer (&self->bridges),
      (GDestroyNotify) turn_bridge_free);
  path_unref (self);
}

/**
 * ice_path_get_ufrag:
 * @self: a path
 *
 * Returns: (transfer none): our `ice-ufrag`
 */
const gchar *
ice_path_get_ufrag (const IcePath * self)
{
  return self->ufrag;
}

/**
 * ice_path_get_password:
 * @self: a path
 *
 * Returns: (transfer none): our `ice-pwd`
 */
const gchar *
ice_path_get_password (const IcePath * self)
{
  return self->password;
}

/**
 * ice_path_gather:
 * @self: a path
 *
 * Our candidates come by the event, the first ones before this returns unless
 * the name of a server must be looked up.
 *
 * Returns: %FALSE if there is no address to gather from
 */
gboolean
ice_path_gather (IcePath * self)
{
  gboolean good = TRUE;

  if (self->gathering || self->n_names > 0)
    return TRUE;
  self->refs++;
  use_servers (self);
  if (self->n_names > 0)
    gst_voice_io_timer_start (self->gather_timer, NAMES_MS);
  else
    good = begin_gathering (self);
  path_unref (self);
  return good;
}

/**
 * ice_path_set_controlling:
 * @self: a path
 * @controlling: whether we nominate
 */
void
ice_path_set_controlling (IcePath * self, gboolean controlling)
{
  g_object_set (self->agent, "controlling-mode", controlling, NULL);
}

static gboolean
is_credential (const gchar * text)
{
  gsize size = strlen (text);

  return size > 0 && size <= MAX_CREDENTIAL;
}

/**
 * ice_path_set_remote:
 * @self: a path
 * @ufrag: the other side's `ice-ufrag`
 * @password: its `ice-pwd`
 *
 * Returns: %FALSE if they cannot be such
 */
gboolean
ice_path_set_remote (IcePath * self, const gchar * ufrag,
    const gchar * password)
{
  gchar *candidate;

  if (self->remote_ufrag || !is_credential (ufrag)
      || !is_credential (password)
      || !nice_agent_set_remote_credentials (self->agent, self->stream, ufrag,
          password))
    return FALSE;
  self->remote_ufrag = g_strdup (ufrag);
  self->remote_password = g_strdup (password);
  start_patience (self);
  self->refs++;
  while (!self->freed && (candidate = g_queue_pop_head (&self->candidates))) {
    give_candidate (self, candidate);
    g_free (candidate);
  }
  path_unref (self);
  return TRUE;
}

/**
 * ice_path_has_remote:
 * @self: a path
 *
 * Returns: whether ice_path_set_remote() was called
 */
gboolean
ice_path_has_remote (const IcePath * self)
{
  return self->remote_ufrag != NULL;
}

/**
 * ice_path_is_to:
 * @self: a path
 * @ufrag: an `ice-ufrag`
 * @password: an `ice-pwd`
 *
 * Returns: whether they are those of the other side
 */
gboolean
ice_path_is_to (const IcePath * self, const gchar * ufrag,
    const gchar * password)
{
  return g_strcmp0 (self->remote_ufrag, ufrag) == 0
      && g_strcmp0 (self->remote_password, password) == 0;
}

/**
 * ice_path_add_candidate:
 * @self: a path
 * @candidate: one of the other side's, `candidate:…`
 *
 * Returns: %FALSE if it is of no use to us
 */
gboolean
ice_path_add_candidate (IcePath * self, const gchar * candidate)
{
  gboolean good = TRUE;

  if (self->lost || self->n_candidates >= MAX_CANDIDATES
      || !ice_candidate_is_useful (candidate, self->settings.tcp))
    return FALSE;
  self->n_candidates++;
  self->refs++;
  if (!ice_candidate_is_useful (candidate, FALSE))
    hold_tcp (self, candidate);
  else
    good = use_candidate (self, candidate);
  path_unref (self);
  return good;
}

/**
 * ice_path_is_found:
 * @self: a path
 *
 * Returns: whether it has been found and is not lost
 */
gboolean
ice_path_is_found (const IcePath * self)
{
  return self->found && !self->lost;
}

/**
 * ice_path_is_lost:
 * @self: a path
 *
 * Returns: whether it is over with it
 */
gboolean
ice_path_is_lost (const IcePath * self)
{
  return self->lost;
}

/**
 * ice_path_send:
 * @self: a path
 * @data: a datagram
 * @size: of it
 *
 * Returns: whether it was sent
 */
gboolean
ice_path_send (IcePath * self, const guint8 * data, gsize size)
{
  return ice_path_is_found (self) && nice_agent_send (self->agent,
      self->stream, COMPONENT, size, (const gchar *) data) == (gint) size;
}

static const gchar *
candidate_kind (const NiceCandidate * candidate)
{
  static const gchar *const names[] = { "host", "srflx", "prflx", "relay" };

  return names[MIN (candidate->type, G_N_ELEMENTS (names) - 1)];
}

/**
 * ice_path_get:
 * @self: a path
 * @path: (out caller-allocates): what it is
 */
void
ice_path_get (const IcePath * self, RtcPath * path)
{
  NiceCandidate *local, *remote;

  memset (path, 0, sizeof *path);
  if (!nice_agent_get_selected_pair (self->agent, self->stream, COMPONENT,
          &local, &remote))
    return;
  path->local = candidate_kind (local);
  path->remote = candidate_kind (remote);
  path->transport = local->transport == NICE_CANDIDATE_TRANSPORT_UDP ? "udp" :
      "tcp";
  path->family = nice_address_ip_version (&local->addr);
}
