import type { ImageFields } from './policy.ts';

type Row = readonly [group: string, kinds: readonly string[], paths: readonly string[]];

const WITH_EXPORTER = ['image', 'exporter.image'];
const SPARK = ['image', 'driver.image', 'driver.sidecars[].image', 'executor.image', 'executor.sidecars[].image'];
const ONE_AGENT = ['classicFullStack', 'cloudNativeFullStack', 'hostMonitoring'];
const CODE_MODULES = ['cloudNativeFullStack', 'applicationMonitoring'];
const VITESS = ['vtctld', 'vtadmin', 'vtorc', 'vtgate', 'vttablet', 'vtbackup', 'mysqldExporter'];
const JAEGER = ['allInOne', 'agent', 'collector', 'ingester', 'query'];
const JAEGER_STORAGE = ['esIndexCleaner', 'esRollover', 'dependencies', 'cassandraCreateSchema'];
const OPENSEARCH = ['general.image', 'dashboards.image', 'initHelper.image'];
const NUMAFLOW = ['source.udsource', 'udf', 'sink.udsink'];

/** Databases, by the API of each operator; below `spec`. */
const DATABASES: readonly Row[] = [
  // https://github.com/percona/percona-xtradb-cluster-operator/blob/main/deploy/cr.yaml and its siblings
  [
    'pxc.percona.com',
    ['PerconaXtraDBCluster'],
    [
      'initContainer.image',
      'pxc.image',
      'haproxy.image',
      'proxysql.image',
      'logcollector.image',
      'pmm.image',
      'backup.image',
    ],
  ],
  [
    'psmdb.percona.com',
    ['PerconaServerMongoDB'],
    ['image', 'initImage', 'pmm.image', 'backup.image', 'logcollector.image'],
  ],
  [
    'ps.percona.com',
    ['PerconaServerMySQL'],
    [
      'mysql.image',
      'proxy.haproxy.image',
      'proxy.router.image',
      'orchestrator.image',
      'pmm.image',
      'backup.image',
      'toolkit.image',
    ],
  ],
  [
    'pgv2.percona.com',
    ['PerconaPGCluster'],
    ['image', 'proxy.pgBouncer.image', 'backups.pgbackrest.image', 'pmm.image'],
  ],
  // https://access.crunchydata.com/documentation/postgres-operator/latest/references/crd
  [
    'postgres-operator.crunchydata.com',
    ['PostgresCluster'],
    [
      'image',
      'proxy.pgBouncer.image',
      'backups.pgbackrest.image',
      'monitoring.pgmonitor.exporter.image',
      'userInterface.pgAdmin.image',
    ],
  ],
  ['postgres-operator.crunchydata.com', ['PGAdmin', 'PGUpgrade'], ['image']],
  // https://github.com/mariadb-operator/mariadb-operator/blob/main/docs/api_reference.md
  [
    'k8s.mariadb.com',
    ['MariaDB'],
    ['image', 'galera.agent.image', 'galera.initContainer.image', 'maxScale.image', 'metrics.exporter.image'],
  ],
  ['k8s.mariadb.com', ['MaxScale'], ['image', 'metrics.exporter.image']],
  // https://github.com/planetscale/vitess-operator/blob/main/docs/api.md
  ['planetscale.com', ['VitessCluster'], [...VITESS, 'mysqld.mysql80Compatible'].map((name) => `images.${name}`)],
  // https://github.com/k8ssandra/cass-operator/blob/master/apis/cassandra/v1beta1/cassandradatacenter_types.go
  ['cassandra.datastax.com', ['CassandraDatacenter'], ['serverImage', 'configBuilderImage', 'systemLoggerImage']],
  // https://redis-operator.opstree.dev/docs/crd-reference/
  [
    'redis.redis.opstreelabs.in',
    ['Redis', 'RedisCluster', 'RedisReplication', 'RedisSentinel'],
    ['kubernetesConfig.image', 'redisExporter.image', 'initContainer.image'],
  ],
  // https://github.com/spotahome/redis-operator/blob/master/api/redisfailover/v1/types.go
  [
    'databases.spotahome.com',
    ['RedisFailover'],
    ['redis', 'sentinel'].flatMap((part) => WITH_EXPORTER.map((path) => `${part}.${path}`)),
  ],
  // https://docs.couchbase.com/operator/current/resource/couchbasecluster.html
  ['couchbase.com', ['CouchbaseCluster'], ['image', 'backup.image', 'monitoring.prometheus.image']],
  // https://github.com/opensearch-project/opensearch-k8s-operator/blob/main/docs/designs/crd.md
  ['opensearch.opster.io', ['OpenSearchCluster'], OPENSEARCH],
  ['opensearch.org', ['OpenSearchCluster'], OPENSEARCH],
  // https://www.rabbitmq.com/kubernetes/operator/using-operator, https://www.dragonflydb.io/docs/managing-dragonfly/operator/dragonfly-configuration,
  // https://github.com/arangodb/kube-arangodb, https://github.com/cockroachdb/cockroach-operator
  ['rabbitmq.com', ['RabbitmqCluster'], ['image']],
  ['dragonflydb.io', ['Dragonfly'], ['image']],
  ['database.arangodb.com', ['ArangoDeployment'], ['image']],
  ['crdb.cockroachlabs.com', ['CrdbCluster'], ['image.name']],
  // https://min.io/docs/minio/kubernetes/upstream/reference/operator-crd.html
  ['minio.min.io', ['Tenant'], ['image', 'kes.image']],
];

/** What runs workloads, builds and watches; below `spec`. */
const PLATFORMS: readonly Row[] = [
  // https://github.com/kubeflow/spark-operator/blob/master/docs/api-docs.md
  ['sparkoperator.k8s.io', ['SparkApplication'], SPARK],
  ['sparkoperator.k8s.io', ['ScheduledSparkApplication'], SPARK.map((path) => `template.${path}`)],
  // https://nightlies.apache.org/flink/flink-kubernetes-operator-docs-main/docs/custom-resource/reference/
  ['flink.apache.org', ['FlinkDeployment'], ['image']],
  // https://numaflow.numaproj.io/APIs/
  ['numaflow.numaproj.io', ['Pipeline'], NUMAFLOW.map((path) => `vertices[].${path}.container.image`)],
  // https://kserve.github.io/website/latest/reference/api/
  ['serving.kserve.io', ['InferenceService'], ['predictor.model.image']],
  ['serving.kserve.io', ['ClusterStorageContainer'], ['container.image']],
  // https://shipwright.io/docs/build/buildstrategies/
  ['shipwright.io', ['BuildStrategy', 'ClusterBuildStrategy'], ['steps[].image', 'buildSteps[].image']],
  // https://grafana.com/docs/k6/latest/set-up/set-up-distributed-k6/
  ['k6.io', ['TestRun', 'K6'], ['initializer.image', 'starter.image', 'runner.image']],
  // https://docs.litmuschaos.io/docs/concepts/chaos-experiment
  ['litmuschaos.io', ['ChaosExperiment'], ['definition.image']],
  ['litmuschaos.io', ['ChaosEngine'], ['components.runner.image', 'components.sidecar[].image']],
  // https://github.com/actions/actions-runner-controller/blob/master/docs/quickstart.md
  ['actions.summerwind.dev', ['Runner'], ['image']],
  ['actions.summerwind.dev', ['RunnerDeployment', 'RunnerReplicaSet'], ['template.spec.image']],
  // https://docs.gitlab.com/runner/configuration/configuring_runner_operator/
  ['apps.gitlab.com', ['Runner'], ['runnerImage', 'helperImage', 'buildImage']],
  // https://fission.io/docs/reference/crd-reference/
  ['fission.io', ['Environment'], ['runtime.image', 'builder.image']],
  ['openfaas.com', ['Function'], ['image']],
  // https://www.keycloak.org/operator/advanced-configuration
  ['k8s.keycloak.org', ['Keycloak'], ['image']],
  // https://bank-vaults.dev/docs/operator/
  ['vault.banzaicloud.com', ['Vault'], ['image', 'bankVaultsImage', 'statsdImage', 'fluentdImage']],
  // https://www.jaegertracing.io/docs/1.76/deployment/operator/
  [
    'jaegertracing.io',
    ['Jaeger'],
    [...JAEGER, ...JAEGER_STORAGE.map((part) => `storage.${part}`)].map((part) => `${part}.image`),
  ],
  // https://grafana.com/docs/tempo/latest/set-up-for-tracing/setup-tempo/deploy/kubernetes/operator/
  [
    'tempo.grafana.com',
    ['TempoStack'],
    ['tempo', 'tempoQuery', 'tempoGateway', 'tempoGatewayOpa'].map((name) => `images.${name}`),
  ],
  ['monitoring.grafana.com', ['GrafanaAgent'], ['image']],
  // https://perses.dev/perses-operator/docs/api/
  ['perses.dev', ['Perses'], ['image']],
  // https://docs.dynatrace.com/docs/ingest-from/setup-on-k8s/reference/dynakube-parameters
  [
    'dynatrace.com',
    ['DynaKube'],
    [
      'activeGate.image',
      ...ONE_AGENT.map((mode) => `oneAgent.${mode}.image`),
      ...CODE_MODULES.map((mode) => `oneAgent.${mode}.codeModulesImage`),
    ],
  ],
  // https://docs.kubewarden.io/reference/CRDs
  ['policies.kubewarden.io', ['PolicyServer'], ['image']],
  // https://github.com/tailscale/tailscale/blob/main/k8s-operator/api.md
  [
    'tailscale.com',
    ['ProxyClass'],
    ['statefulSet.pod.tailscaleContainer.image', 'statefulSet.pod.tailscaleInitContainer.image'],
  ],
  ['longhorn.io', ['EngineImage'], ['image']],
  // https://operator-framework.github.io/operator-controller/api-reference/catalogd-api-reference/
  ['olm.operatorframework.io', ['ClusterCatalog'], ['source.image.ref']],
  // https://gateway.envoyproxy.io/docs/api/extension_types/#imagewasmcodesource
  ['gateway.envoyproxy.io', ['EnvoyExtensionPolicy'], ['wasm[].code.image.url']],
];

export const OPERATOR_FIELDS: readonly ImageFields[] = [...DATABASES, ...PLATFORMS].map(([group, kinds, paths]) => ({
  group,
  kinds,
  paths: paths.map((path) => `spec.${path}`),
}));
