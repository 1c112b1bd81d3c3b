import type { Cluster } from '../cluster.ts';
import type { Claim, Pod, StorageClass } from '../kinds.ts';
import { parseQuantity } from '../quantity.ts';

const CLAIMS = 'persistentvolumeclaims';
/** How long a file system takes to grow, in ms. */
const RESIZE = 1_500;

/** Binds claims, grows volumes, and keeps claims in use from vanishing. */
export class Claims {
  readonly #cluster: Cluster;
  readonly #resizing = new Map<string, number>();

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  reconcile(): void {
    for (const claim of this.#cluster.store.list<Claim>(CLAIMS)) {
      if (claim.metadata.deletionTimestamp !== undefined) this.#release(claim);
      else if (claim.status?.phase !== 'Bound') this.#bind(claim);
      else this.#grow(claim);
    }
  }

  #bind(claim: Claim): void {
    const name = claim.spec.storageClassName ?? '';
    const storageClass = this.#cluster.store.get<StorageClass>('storageclasses.storage.k8s.io', undefined, name);
    if (storageClass === undefined) {
      const message = `storageclass.storage.k8s.io "${name}" not found`;
      this.#cluster.event({ about: claim, type: 'Warning', reason: 'ProvisioningFailed', message, component: 'persistentvolume-controller' });
      return;
    }
    const volumeName = `pvc-${claim.metadata.uid}`;
    const storage = claim.spec.resources.requests['storage'] ?? '1Gi';
    this.#cluster.create('persistentvolumes', {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: volumeName, annotations: { 'pv.kubernetes.io/provisioned-by': storageClass.provisioner } },
      spec: {
        capacity: { storage },
        accessModes: claim.spec.accessModes,
        claimRef: { kind: 'PersistentVolumeClaim', namespace: claim.metadata.namespace, name: claim.metadata.name, uid: claim.metadata.uid },
        persistentVolumeReclaimPolicy: 'Delete',
        storageClassName: name,
      },
      status: { phase: 'Bound' },
    });
    this.#cluster.store.change<Claim>(CLAIMS, claim, (draft) => {
      draft.spec.volumeName = volumeName;
      draft.status = { phase: 'Bound', accessModes: draft.spec.accessModes ?? [], capacity: { storage } };
    });
  }

  #grow(claim: Claim): void {
    const wanted = claim.spec.resources.requests['storage'] ?? '0';
    const now = this.#cluster.clock.now();
    const { uid } = claim.metadata;
    if (parseQuantity(wanted) <= parseQuantity(claim.status.capacity?.['storage'] ?? '0')) {
      this.#resizing.delete(uid);
      return;
    }
    const since = this.#resizing.get(uid);
    if (since === undefined) {
      this.#resizing.set(uid, now);
      const message = 'CSI migration operation: waiting for an external controller to expand this PVC';
      this.#cluster.event({ about: claim, reason: 'ExternalExpanding', message, component: 'volume_expand' });
      this.#cluster.store.change<Claim>(CLAIMS, claim, (draft) => {
        draft.status.conditions = [{ type: 'Resizing', status: 'True', lastTransitionTime: this.#cluster.time, lastProbeTime: null }];
      });
      return;
    }
    if (now - since < RESIZE) return;
    this.#resizing.delete(uid);
    this.#cluster.store.change<Claim>(CLAIMS, claim, (draft) => {
      draft.status.capacity = { storage: wanted };
      delete draft.status.conditions;
    });
    this.#cluster.event({
      about: claim,
      reason: 'FileSystemResizeSuccessful',
      message: 'MountVolume.NodeExpandVolume succeeded for volume',
      component: 'kubelet',
    });
    const volume = this.#cluster.store.get('persistentvolumes', undefined, claim.spec.volumeName ?? '');
    if (volume === undefined) return;
    this.#cluster.store.change('persistentvolumes', volume, (draft) => {
      draft.spec = { ...(draft.spec as object), capacity: { storage: wanted } };
    });
  }

  #release(claim: Claim): void {
    const used = this.#cluster.store
      .list<Pod>('pods', claim.metadata.namespace)
      .some((pod) => (pod.spec.volumes ?? []).some((volume) => volume.persistentVolumeClaim?.claimName === claim.metadata.name));
    if (!used) this.#cluster.store.remove(CLAIMS, claim);
  }
}
