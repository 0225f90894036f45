export const URL = 'https://github.com/acme/clusters';

type Files = Readonly<Record<string, string>>;

export function baseOf(index: number): Files {
  const folder = `bases/b${index}`;
  return {
    [`${folder}/kustomization.yaml`]: `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [deployment.yaml, service.yaml, role.yaml]
`,
    [`${folder}/deployment.yaml`]: `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
        - name: web
          image: ghcr.io/acme/web${index}@sha256:${'1'.repeat(64)}
          ports: [{ containerPort: 8080 }]
`,
    [`${folder}/service.yaml`]: `apiVersion: v1
kind: Service
metadata: { name: web }
spec:
  selector: { app: web }
  ports: [{ port: 80, targetPort: 8080 }]
`,
    [`${folder}/role.yaml`]: `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: web }
rules:
  - { apiGroups: [""], resources: [configmaps], verbs: [get, list] }
`,
  };
}

export function overlayFolder(index: number): string {
  return `apps/app${index}/overlays/prod`;
}

export function overlayOf(index: number): Files {
  const folder = overlayFolder(index);
  return {
    [`${folder}/kustomization.yaml`]: `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: app${index}
namePrefix: app${index}-
resources: [../../../../bases/b${Math.floor(index / 10)}, config.yaml]
patches:
  - path: patch.yaml
`,
    [`${folder}/config.yaml`]: `apiVersion: v1
kind: ConfigMap
metadata: { name: settings }
data:
  LEVEL: info
`,
    [`${folder}/patch.yaml`]: `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: ${(index % 5) + 1}
`,
  };
}

export function applicationOf(index: number): Files {
  return {
    [`clusters/production/app${index}.yaml`]: `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: app${index}, namespace: argocd }
spec:
  project: default
  source: { repoURL: ${URL}, targetRevision: HEAD, path: ${overlayFolder(index)} }
  destination: { server: https://kubernetes.default.svc, namespace: app${index} }
`,
  };
}
