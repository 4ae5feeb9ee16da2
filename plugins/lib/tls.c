/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Whom we trust: the machine's certificate authorities, or those in the PEM
 * file that `GST_VOICE_CA_FILE` names.
 *
 * Before 2.80 glib-networking gives each connection a copy of all authorities:
 * 3.8 MB, and 8 ms of the network thread to parse them. It does so for
 * databases of its own class only. Ours is of another class and passes each
 * question on to one of those, so that the authorities are there once. What is
 * lost is what GnuTLS checks with the connection at hand, above all a stapled
 * OCSP answer.
 *
 * Threads: any. Locks: none.
 */
#include "tls.h"
#include "error.h"

typedef struct
{
  GTlsDatabase parent;
  GTlsDatabase *inner;          /* set once, at the latest when it is needed */
} GstVoiceTlsDatabase;

typedef GTlsDatabaseClass GstVoiceTlsDatabaseClass;

static GType gst_voice_tls_database_get_type (void);
G_DEFINE_TYPE (GstVoiceTlsDatabase, gst_voice_tls_database,
    G_TYPE_TLS_DATABASE);

static GTlsDatabase *shared;    /* atomic, set once */

/* The machine's authorities take 8 MB: not before somebody asks for them. */
static GTlsDatabase *
inner (GTlsDatabase * database)
{
  GstVoiceTlsDatabase *self = (GstVoiceTlsDatabase *) database;

  if (g_once_init_enter (&self->inner))
    g_once_init_leave (&self->inner,
        g_tls_backend_get_default_database (g_tls_backend_get_default ()));
  return self->inner;
}

static GTlsCertificateFlags
verify_chain (GTlsDatabase * database, GTlsCertificate * chain,
    const gchar * purpose, GSocketConnectable * identity,
    GTlsInteraction * interaction, GTlsDatabaseVerifyFlags flags,
    GCancellable * cancellable, GError ** error)
{
  return g_tls_database_verify_chain (inner (database), chain, purpose,
      identity, interaction, flags, cancellable, error);
}

static gchar *
create_certificate_handle (GTlsDatabase * database,
    GTlsCertificate * certificate)
{
  return g_tls_database_create_certificate_handle (inner (database),
      certificate);
}

static GTlsCertificate *
lookup_certificate_for_handle (GTlsDatabase * database, const gchar * handle,
    GTlsInteraction * interaction, GTlsDatabaseLookupFlags flags,
    GCancellable * cancellable, GError ** error)
{
  return g_tls_database_lookup_certificate_for_handle (inner (database),
      handle, interaction, flags, cancellable, error);
}

static GTlsCertificate *
lookup_certificate_issuer (GTlsDatabase * database,
    GTlsCertificate * certificate, GTlsInteraction * interaction,
    GTlsDatabaseLookupFlags flags, GCancellable * cancellable, GError ** error)
{
  return g_tls_database_lookup_certificate_issuer (inner (database),
      certificate, interaction, flags, cancellable, error);
}

static GList *
lookup_certificates_issued_by (GTlsDatabase * database,
    GByteArray * issuer_raw_dn, GTlsInteraction * interaction,
    GTlsDatabaseLookupFlags flags, GCancellable * cancellable, GError ** error)
{
  return g_tls_database_lookup_certificates_issued_by (inner (database),
      issuer_raw_dn, interaction, flags, cancellable, error);
}

static void
gst_voice_tls_database_finalize (GObject * object)
{
  g_clear_object (&((GstVoiceTlsDatabase *) object)->inner);
  G_OBJECT_CLASS (gst_voice_tls_database_parent_class)->finalize (object);
}

static void
gst_voice_tls_database_init (GstVoiceTlsDatabase * database)
{
}

static void
gst_voice_tls_database_class_init (GstVoiceTlsDatabaseClass * klass)
{
  G_OBJECT_CLASS (klass)->finalize = gst_voice_tls_database_finalize;
  klass->verify_chain = verify_chain;
  klass->create_certificate_handle = create_certificate_handle;
  klass->lookup_certificate_for_handle = lookup_certificate_for_handle;
  klass->lookup_certificate_issuer = lookup_certificate_issuer;
  klass->lookup_certificates_issued_by = lookup_certificates_issued_by;
}

/* A file that is named but cannot be used is an error: the machine's own
 * authorities in its place could trust more than was asked for. */
static GTlsDatabase *
from_file (const gchar * path, GError ** error)
{
  gchar *absolute = g_canonicalize_filename (path, NULL);
  GTlsDatabase *database = g_tls_file_database_new (absolute, NULL);

  g_free (absolute);
  if (!database)
    g_set_error (error, GST_VOICE_ERROR, GST_VOICE_ERROR_INTERNAL,
        "GST_VOICE_CA_FILE: %s is not a readable PEM file of certificates: "
        "correct the path or unset the variable", path);
  return database;
}

/**
 * gst_voice_tls_get_database:
 * @error: in the domain %GST_VOICE_ERROR
 *
 * Returns: (transfer full) (nullable): the authorities by which to judge a
 *   host's certificate
 */
GTlsDatabase *
gst_voice_tls_get_database (GError ** error)
{
  GTlsDatabase *database = g_atomic_pointer_get (&shared);
  const gchar *path = g_getenv ("GST_VOICE_CA_FILE");
  GstVoiceTlsDatabase *ours;

  if (database)
    return g_object_ref (database);
  if (path && *path) {
    database = from_file (path, error);
    if (!database)
      return NULL;
  }
  ours = g_object_new (gst_voice_tls_database_get_type (), NULL);
  ours->inner = database;
  return G_TLS_DATABASE (ours);
}

/**
 * gst_voice_tls_share_database:
 * @error: in the domain %GST_VOICE_ERROR
 *
 * Loads the authorities now and makes them the default of the process, for all
 * that uses GIO's TLS; only then does a new connection no longer parse the
 * machine's file. This is for the main function of a program, before it starts
 * threads or forks: children share the memory.
 *
 * Returns: %FALSE if the file of `GST_VOICE_CA_FILE` cannot be used
 */
gboolean
gst_voice_tls_share_database (GError ** error)
{
  GTlsDatabase *database = gst_voice_tls_get_database (error);

  if (!database)
    return FALSE;
  inner (database);
  g_tls_backend_set_default_database (g_tls_backend_get_default (), database);
  if (!g_atomic_pointer_compare_and_exchange (&shared, NULL, database))
    g_object_unref (database);
  return TRUE;
}
