from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gracelint.base.facts import Known, Unknown
from gracelint.base.source import Source
from gracelint.declare.kubernetes.objects import config_maps, services
from gracelint.declare.kubernetes.pods import pods
from gracelint.declare.kubernetes.selecting import MAX_SERVICES, Selecting
from gracelint.syntax.yaml import parse as yaml

if TYPE_CHECKING:
    from gracelint.model.pod import PodSpec


def read(text: str) -> yaml.YamlFile:
    return yaml.parse(Source("x.yaml", text))


def pods_of(text: str) -> list[PodSpec]:
    return pods(read(text))


def pod(text: str) -> PodSpec:
    [found] = pods_of(text)
    return found


SPEC = "{containers: [{name: a, image: b}]}"
AT = {
    "spec": f"spec: {SPEC}",
    "spec.template.spec": f"spec: {{selector: {{}}, template: {{spec: {SPEC}}}}}",
    "spec.jobTemplate.spec.template.spec": (
        f"spec: {{schedule: x, jobTemplate: {{spec: {{template: {{spec: {SPEC}}}}}}}}}"
    ),
    "spec.template.jobTemplate.spec.template.spec": (
        f"spec: {{template: {{jobTemplate: {{spec: {{template: {{spec: {SPEC}}}}}}}}}}}"
    ),
    "template.spec": f"template: {{spec: {SPEC}}}",
    "spec.jobTargetRef.template.spec": f"spec: {{jobTargetRef: {{template: {{spec: {SPEC}}}}}}}",
    "spec.replicatedJobs[0].template.spec.template.spec": (
        f"spec: {{replicatedJobs: [{{template: {{spec: {{template: {{spec: {SPEC}}}}}}}}}]}}"
    ),
}


@pytest.mark.parametrize(
    ("version", "kind", "path"),
    [
        ("v1", "Pod", "spec"),
        ("apps/v1", "Deployment", "spec.template.spec"),
        ("apps/v1", "ReplicaSet", "spec.template.spec"),
        ("v1", "ReplicationController", "spec.template.spec"),
        ("apps/v1", "StatefulSet", "spec.template.spec"),
        ("apps/v1", "DaemonSet", "spec.template.spec"),
        ("batch/v1", "Job", "spec.template.spec"),
        ("batch/v1", "CronJob", "spec.jobTemplate.spec.template.spec"),
        ("v1", "PodTemplate", "template.spec"),
        ("apps.openshift.io/v1", "DeploymentConfig", "spec.template.spec"),
        ("argoproj.io/v1alpha1", "Rollout", "spec.template.spec"),
        ("keda.sh/v1alpha1", "ScaledJob", "spec.jobTargetRef.template.spec"),
        ("apps.kruise.io/v1alpha1", "CloneSet", "spec.template.spec"),
        ("apps.kruise.io/v1beta1", "StatefulSet", "spec.template.spec"),
        ("apps.kruise.io/v1alpha1", "BroadcastJob", "spec.template.spec"),
        (
            "apps.kruise.io/v1alpha1",
            "AdvancedCronJob",
            "spec.template.jobTemplate.spec.template.spec",
        ),
        (
            "jobset.x-k8s.io/v1alpha2",
            "JobSet",
            "spec.replicatedJobs[0].template.spec.template.spec",
        ),
    ],
)
def test_each_kind_has_its_pod_where_clusters_look_for_it(version, kind, path):
    found = pod(f"apiVersion: {version}\nkind: {kind}\nmetadata: {{name: x}}\n{AT[path]}\n")
    assert (found.kind, found.name, found.path) == (kind, "x", path)
    assert [c.name for c in found.containers] == ["a"]
    assert found.complete
    assert not found.embedded


def test_a_knative_service_is_marked_as_one_and_takes_its_time_from_its_timeout():
    text = (
        "apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: x}\n"
        "spec: {template: {spec: {timeoutSeconds: 60, containers: [{image: b}]}}}\n"
    )
    found = pod(text)
    assert found.knative
    assert isinstance(found.grace, Known)
    assert found.grace.value == 60


ROLLOUT = (
    "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: r}\n"
    "spec:\n  selector: {}\n  strategy: {canary: {}}\n"
    "  workloadRef: {apiVersion: apps/v1, kind: Deployment, name: d, scaleDown: onsuccess}\n"
)


def test_the_pods_of_a_rollout_that_names_a_deployment_are_told_by_the_deployment():
    text = (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\n"
        f"spec: {{replicas: 0, selector: {{}}, template: {{spec: {SPEC}}}}}\n"
    )
    for both in (f"{ROLLOUT}---\n{text}", f"{text}---\n{ROLLOUT}"):
        found = pod(both)
        assert (found.title, found.complete, found.serves) == ("Deployment/d", True, True)


def test_nothing_is_known_of_a_rollout_whose_deployment_is_elsewhere():
    assert pods_of(ROLLOUT) == []


def test_a_plain_service_has_no_pod():
    assert pods_of("apiVersion: v1\nkind: Service\nmetadata: {name: x}\nspec: {ports: []}\n") == []


def test_unknown_kinds_are_searched_and_say_where_the_pod_was_found():
    text = (
        "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: x}\n"
        f"spec:\n  parts:\n  - pod: {SPEC}\n"
    )
    found = pod(text)
    assert (found.path, found.embedded, found.complete) == ("spec.parts[0].pod", True, False)


@pytest.mark.parametrize(
    "text",
    [
        (
            "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n"
            f"metadata: {{name: x}}\nspec: {SPEC}\n"
        ),
        f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: x}}\ndata:\n  a: 'spec: {SPEC}'\n",
        f"kind: Pod\nspec: {SPEC}\n",
        f"apiVersion: v1\nkind: Pod\nmetadata: {{name: '{{{{ .Values.x }}}}'}}\nspec: {SPEC}\n",
        f"apiVersion: v1\nkind: Pod\nmetadata: {{name: {{{{ x }}}}}}\nspec: {SPEC}\n",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: []\n",
        "- kind: Pod\n",
        "apiVersion: v1\nkind: Pod\nspec: null\n",
    ],
)
def test_schemas_templates_and_other_files_have_no_pods(text):
    assert pods_of(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "{apiVersion: v1, kind: List, items: [%s]}",
        "{apiVersion: template.openshift.io/v1, kind: Template, objects: [%s]}",
        "{apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: List, items: [%s]}]}",
    ],
)
def test_lists_are_taken_apart(text):
    each = f"{{apiVersion: v1, kind: Pod, metadata: {{name: x}}, spec: {SPEC}}}"
    assert pod(text % each).title == "Pod/x"


def test_typed_lists_give_their_items_kind_and_version():
    text = f"{{apiVersion: v1, kind: PodList, items: [{{metadata: {{name: x}}, spec: {SPEC}}}]}}"
    assert (pod(text).title, pod(text).path) == ("Pod/x", "spec")


@pytest.mark.parametrize(
    "spec",
    [
        "{template: {spec: {containers: [{name: a, image: b}]}}}",
        "{selector: {}, template: {spec: {containers: [{name: a}]}}}",
        "{selector: {}, template: {spec: {containers: [{name: a, image: b, $patch: delete}]}}}",
        "{selector: {}, template: {spec: {terminationGracePeriodSeconds: 5}}}",
    ],
)
def test_patches_and_fragments_are_not_complete(spec):
    found = pod(f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: x}}\nspec: {spec}\n")
    assert not found.complete


def test_a_grace_period_that_a_patch_does_not_state_is_unknown():
    text = (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\nspec: {template: {spec: %s}}\n"
    )
    stated = pod(text % "{terminationGracePeriodSeconds: 5}").grace
    assert isinstance(stated, Known)
    assert (stated.value, stated.assumed) == (5.0, False)
    assert isinstance(pod(text % "{hostPID: true}").grace, Unknown)


@pytest.mark.parametrize(
    ("written", "value"), [("60", 60.0), ('"60"', 60.0), ("0", 0.0), ("-1", -1.0), ("soon", None)]
)
def test_the_grace_period_is_read_as_a_number(written, value):
    text = (
        "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\n"
        f"spec: {{terminationGracePeriodSeconds: {written}, containers: [{{name: a, image: b}}]}}\n"
    )
    grace = pod(text).grace
    assert (grace.value if isinstance(grace, Known) else None) == value


def test_containers_are_told_apart_by_what_they_do():
    found = pod(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec:\n"
        "  initContainers:\n"
        "  - {name: i, image: b}\n"
        "  - {name: s, image: b, restartPolicy: Always}\n"
        "  containers:\n"
        "  - {name: m, image: b, restartPolicy: Always}\n"
        "  ephemeralContainers:\n"
        "  - {name: e, image: b}\n"
    )
    assert [(c.name, c.role) for c in found.containers] == [
        ("i", "init"),
        ("s", "sidecar"),
        ("m", "main"),
    ]
    assert [c.name for c in found.main()] == ["s", "m"]


def test_flags_count_only_when_they_are_on():
    text = "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: {hostPID: %s, containers: []}\n"
    assert pod(text % "on").flag("hostPID") is not None
    assert pod(text % "'on'").flag("hostPID") is None
    assert pod(text % "false").flag("hostPID") is None


def test_services_select_by_labels_within_their_namespace():
    text = "apiVersion: v1\nkind: Service\nmetadata: {name: s%s}\nspec: {selector: {app: x}}\n---\n"
    [here], [there] = (services(read(text % extra)) for extra in ("", ", namespace: other"))
    web = pod(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: x, labels: {app: x, tier: y}}\n"
        f"spec: {SPEC}\n"
    )
    assert Selecting([here, there]).of(web) == (here,)
    assert services(read("apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {}\n")) == []


def test_config_maps_keep_their_texts_with_places():
    [found] = config_maps(
        read(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n  run.sh: |\n    exec a\n"
        )
    )
    node = found.data["run.sh"]
    assert (found.name, node.text().text) == ("c", "exec a\n")
    assert node.text().span(0, 4).first.line == 6


def test_annotations_of_object_and_pod_are_both_there():
    found = pod(
        "apiVersion: apps/v1\nkind: Deployment\n"
        "metadata: {name: x, annotations: {a: '1', b: '1'}}\n"
        f"spec: {{template: {{metadata: {{annotations: {{b: '2'}}}}, spec: {SPEC}}}}}\n"
    )
    assert {key: value for key, (value, _) in found.annotations.items()} == {"a": "1", "b": "2"}


def test_a_very_deep_or_wide_custom_resource_ends():
    wide = "apiVersion: v1\nkind: Thing\nspec:\n" + "".join(
        f"  a{n}: {{b: [1]}}\n" for n in range(5000)
    )
    assert pods_of(wide) == []


@pytest.mark.parametrize(
    ("paths", "chosen"),
    [
        (["a/b/pod.yaml", "a/b/svc.yaml"], ["a/b/pod.yaml"]),
        (["a/b/svc.yaml", "a/svc.yaml"], ["a/b/svc.yaml"]),
        (["a/c/svc.yaml", "x/b/svc.yaml"], ["a/c/svc.yaml"]),
        (["x/y/svc.yaml"], []),
        ([], []),
    ],
)
def test_the_nearest_services_count(paths, chosen):
    service = "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {selector: {a: b}}\n"
    text = f"apiVersion: v1\nkind: Pod\nmetadata: {{labels: {{a: b}}}}\nspec: {SPEC}\n"
    [web] = pods(yaml.parse(Source("a/b/pod.yaml", text)))
    found = [s for path in paths for s in services(yaml.parse(Source(path, service)))]
    assert [s.node.span.source.path for s in Selecting(found).of(web)] == chosen


def test_lists_of_aliases_of_lists_are_read_once():
    each = f"{{apiVersion: v1, kind: Pod, metadata: {{name: x}}, spec: {SPEC}}}"
    lists = [f"a0: &a0 {each}"]
    lists += [
        f"a{n}: &a{n} {{apiVersion: v1, kind: List, items: [*a{n - 1}, *a{n - 1}, *a{n - 1}]}}"
        for n in range(1, 7)
    ]
    text = "apiVersion: v1\nkind: List\n" + "\n".join(lists) + "\nitems: [*a6, *a6]\n"
    assert pod(text).title == "Pod/x"


@pytest.mark.parametrize("name", ["a-$$name$$", "a-{{ name }}", "<%= name %>", "%%NAME%%", "@@a@@"])
def test_what_a_script_is_still_to_fill_in_is_no_pod(name: str) -> None:
    text = f"{{apiVersion: v1, kind: Pod, metadata: {{name: '{name}'}}, spec: {SPEC}}}"
    assert not pods_of(text)
    assert pods_of(text.replace(name, "a"))


@pytest.mark.parametrize(
    ("selectors", "chosen"),
    [
        (["{a: b}", "{a: b, c: d}", "{c: d}"], [0, 1, 2]),
        (["{a: x}", "{a: b, c: x}", "{e: f}"], []),
        (["{c: d}", "{a: b}", "{c: d}"], [0, 1, 2]),
        (["{a: b, e: f}", "{a: b}"], [1]),
    ],
)
def test_a_selector_has_to_be_met_as_a_whole(selectors, chosen):
    service = "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {selector: %s}\n"
    meta = "metadata: {name: x, labels: {a: b, c: d}}"
    [web] = pods(yaml.parse(Source("p.yaml", f"apiVersion: v1\nkind: Pod\n{meta}\nspec: {SPEC}\n")))
    found = [one for each in selectors for one in services(read(service % each))]
    assert Selecting(found).of(web) == tuple(found[number] for number in chosen)


def test_of_very_many_services_the_first_count():
    service = "apiVersion: v1\nkind: Service\nmetadata: {name: s%s}\nspec: {selector: {a: b}}\n"
    text = f"apiVersion: v1\nkind: Pod\nmetadata: {{labels: {{a: b}}}}\nspec: {SPEC}\n"
    [web] = pods(yaml.parse(Source("p.yaml", text)))
    found = services(read("---\n".join(service % number for number in range(99))))
    assert Selecting(found).of(web) == tuple(found[:MAX_SERVICES])


def test_of_objects_read_from_a_cluster_the_owner_is_judged_once() -> None:
    def item(kind: str, name: str, owner: str = "") -> str:
        owners = f", ownerReferences: [{owner}]" if owner else ""
        spec = f"{{template: {{spec: {SPEC}}}}}" if kind != "Pod" else SPEC
        version = "v1" if kind == "Pod" else "apps/v1"
        about = f"metadata: {{name: {name}{owners}}}"
        return f"- {{apiVersion: {version}, kind: {kind}, {about}, spec: {spec}}}\n"

    text = "apiVersion: v1\nkind: List\nitems:\n"
    text += item("Pod", "web-1-a", "{kind: ReplicaSet, name: web-1, controller: true}")
    text += item("ReplicaSet", "web-1", "{kind: Deployment, name: web}")
    text += item("Deployment", "web")
    assert [pod.title for pod in pods_of(text)] == ["Deployment/web"]
    alone = text.partition(item("Deployment", "web"))[0]
    assert [pod.title for pod in pods_of(alone)] == ["ReplicaSet/web-1"]


def _stored(metadata: str, kind: str = "Pod") -> str:
    spec = SPEC if kind == "Pod" else f"{{selector: {{}}, template: {{spec: {SPEC}}}}}"
    version = "v1" if kind == "Pod" else "apps/v1"
    return f"apiVersion: {version}\nkind: {kind}\nmetadata: {{{metadata}}}\nspec: {spec}\n"


def test_copies_are_told_apart_by_namespace_and_stand_for_each_other() -> None:
    owner = "ownerReferences: [{kind: ReplicaSet, name: web-6d4c}]"
    hashed = "labels: {pod-template-hash: 6d4c}"
    texts = (
        _stored("name: web, namespace: a", "Deployment"),
        _stored(f"name: web-6d4c-1, namespace: a, {hashed}, {owner}"),
        _stored(f"name: web-6d4c-2, namespace: b, {hashed}, {owner}"),
        _stored(f"name: web-6d4c-3, namespace: b, {hashed}, {owner}"),
    )
    found = [(p.namespace, p.title) for p in pods_of("---\n".join(texts))]
    assert found == [("a", "Deployment/web"), ("b", "Pod/web-6d4c-2")]


_APPLIED = (
    "annotations: {kubectl.kubernetes.io/last-applied-configuration:"
    ' \'{"spec":{"terminationGracePeriodSeconds":30}}\'}'
)


@pytest.mark.parametrize(
    ("metadata", "grace", "assumed"),
    [
        ("uid: 1b6f", 30, True),
        ('resourceVersion: "12"', 30, True),
        ("uid: 1b6f", 31, False),
        (f"uid: 1b6f, {_APPLIED}", 30, False),
        ("labels: {a: b}", 30, False),
    ],
)
def test_a_default_that_a_cluster_filled_in_is_no_decision(
    metadata: str, grace: int, *, assumed: bool
) -> None:
    spec = f"{{terminationGracePeriodSeconds: {grace}, containers: [{{name: a, image: b}}]}}"
    found = pod(f"apiVersion: v1\nkind: Pod\nmetadata: {{name: a, {metadata}}}\nspec: {spec}\n")
    assert isinstance(found.grace, Known)
    assert (found.grace.value, found.grace.assumed) == (grace, assumed)


OPERATED = [
    ("kafka.strimzi.io/v1beta2", "Kafka", "{kafka: {template: {pod: POD}}}"),
    ("kafka.strimzi.io/v1beta2", "KafkaConnect", "{template: {pod: POD}}"),
    ("flink.apache.org/v1beta1", "FlinkDeployment", "{taskManager: {podTemplate: {spec: POD}}}"),
    ("sparkoperator.k8s.io/v1beta2", "SparkApplication", "{executor: POD}"),
    (
        "sparkoperator.k8s.io/v1beta2",
        "ScheduledSparkApplication",
        "{template: {driver: POD}}",
    ),
]


@pytest.mark.parametrize(("version", "kind", "spec"), OPERATED)
def test_the_part_of_a_pod_that_an_operator_is_given_is_read(
    version: str, kind: str, spec: str
) -> None:
    given = spec.replace("POD", "{terminationGracePeriodSeconds: 7}")
    part = pod(f"apiVersion: {version}\nkind: {kind}\nmetadata: {{name: a}}\nspec: {given}\n")
    assert isinstance(part.grace, Known)
    assert (part.kind, part.grace.value, part.complete) == (kind, 7.0, False)
    assert part.embedded is (kind != "FlinkDeployment")
    assert pods_of(f"apiVersion: example.org/v1\nkind: {kind}\nspec: {given}\n") == []
