"""Classes that a file may hold: how an object of each is taken apart, checked, and put together."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import MISSING, dataclass, field, fields
from functools import cached_property
from importlib import import_module
from inspect import Parameter, signature
from typing import Any, ClassVar

from semigen.persistence.schema import Flag, Integer, Kind, MapOf, Nullable, Record, Sizes, Text, check_names
from semigen.persistence.value_kinds import COLUMN_NAMES, Anything, kinds_of

Groups = dict[str, dict[str, Any]]

# Attributes that any estimator may have. None of these says that it is fitted.
_CONFIG: dict[str, Kind] = {
    "_sklearn_output_config": MapOf(Nullable(Text(["default", "pandas", "polars"]))),
}
_OF_COLUMNS: dict[str, Kind] = {"n_features_in_": Integer(1, size="columns"), "feature_names_in_": COLUMN_NAMES}

# Of pickles: who wrote one. A file says so itself.
_DROPPED = ("_unpickled_from",)


@dataclass(frozen=True)
class Restorable:
    """A class that a file may name.

    Attributes
    ----------
    module, name : str
        Where it is in this version; a file has the first part of the module and the name.
    kinds : mapping of str to Kind
        Its attributes.
    optional : collection of str
        Those that not every object has.
    """

    module: str
    name: str
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    optional: Collection[str] = ()

    @property
    def in_files(self) -> str:
        """What a file calls it."""
        return f"{self.module.partition('.')[0]}.{self.name}"

    @cached_property
    def cls(self) -> Any:
        """The class."""
        return getattr(import_module(self.module), self.name)

    def taken_apart(self, value: Any, where: str) -> Groups:
        """Return what a file says of an object, in named groups.

        Raises
        ------
        TypeError
            If something of it would be lost.
        """
        return {"attributes": self._declared(vars(value))}

    def put_together(self, groups: Groups, device: str) -> Any:
        """Return the object that a file describes; a deep model predicts on `device`.

        Raises
        ------
        ValueError
            If it describes none.
        """
        check_names(groups, ["attributes"], self.name)
        value = self.cls.__new__(self.cls)
        self._set(value, groups["attributes"])
        return value

    def _declared(self, attributes: Mapping[str, Any]) -> dict[str, Any]:
        for name in attributes:
            if name not in self.kinds and name not in _DROPPED:
                raise TypeError(
                    f"{self.name} has an attribute {name!r}, which semigen would not load again: delete it before "
                    "saving."
                )
        return {name: attributes[name] for name in self.kinds if name in attributes}

    def _set(self, value: Any, attributes: dict[str, Any]) -> None:
        Record(self.kinds, self.optional).check(attributes, self.name, Sizes())
        value.__dict__.update(attributes)
        self.complete(value)

    def complete(self, value: Any) -> None:
        """Compute again what is not saved, and refuse parts that do not go together.

        Raises
        ------
        ValueError
        """


@dataclass(frozen=True)
class Data(Restorable):
    """A dataclass; its attributes are its fields, of the kinds that annotations say.

    Fields that a file lacks, as the version that wrote it had none of them, have their defaults.
    """

    @cached_property
    def _fields(self) -> dict[str, Kind]:
        return kinds_of(self.cls, self.kinds)

    @cached_property
    def _defaults(self) -> dict[str, Any]:
        return {each.name: each.default for each in fields(self.cls) if each.default is not MISSING}

    def taken_apart(self, value: Any, where: str) -> Groups:
        """Return the fields; what is cached beside them is computed again."""
        return {"attributes": {name: getattr(value, name) for name in self._fields}}

    def put_together(self, groups: Groups, device: str) -> Any:
        """Return the dataclass."""
        check_names(groups, ["attributes"], self.name)
        Record(self._fields, self._defaults).check(groups["attributes"], self.name, Sizes())
        value = self.cls.__new__(self.cls)
        value.__dict__.update({**self._defaults, **groups["attributes"]})
        self.complete(value)
        return value


@dataclass(frozen=True)
class Enumeration(Restorable):
    """An enumeration, of which files name members."""

    def taken_apart(self, value: Any, where: str) -> Groups:
        """Return nothing: a member is its name."""
        return {}

    def member(self, name: str) -> Any:
        """Return the member of this name."""
        if name not in self.cls.__members__:
            raise ValueError(f"{self.name} has no {name!r}")
        return self.cls[name]


@dataclass(frozen=True)
class Estimator(Restorable):
    """An estimator: parameters, of which those that a file lacks have their defaults, and what its fit has set.

    Attributes
    ----------
    parameters : mapping of str to Kind
        What is more than the class's own checks of parameters say.
    again : collection of str
        Attributes that are not saved, as they are computed again.
    """

    # Attributes that only files have, for those that they have not.
    in_place_of_others: ClassVar[tuple[str, ...]] = ()

    parameters: Mapping[str, Kind] = field(default_factory=dict)
    again: Collection[str] = ()

    def taken_apart(self, value: Any, where: str) -> Groups:
        """Return parameters, and attributes that the constructor does not set."""
        given = value.get_params(deep=False)
        left_out = {*given, *self.again, *_DROPPED, *set(vars(self.cls(**given))) - set(self._every_kind)}
        if any(name not in vars(value) for name in {*self.kinds} - {*self.optional} - {*self.in_place_of_others}):
            # It is not fitted, and its constructor sets the rest.
            left_out.update(self.kinds)
        attributes = {name: each for name, each in vars(value).items() if name not in left_out}
        for name in attributes:
            if name not in self._every_kind:
                raise TypeError(
                    f"{where}: this {self.name} has an attribute {name!r}, which semigen would not load again; delete "
                    "it before saving."
                )
        return {"parameters": given, "attributes": attributes}

    def put_together(self, groups: Groups, device: str) -> Any:
        """Return the estimator."""
        check_names(groups, ["parameters", "attributes"], self.name)
        value = self._constructed(groups["parameters"])
        attributes = groups["attributes"]
        if set(attributes) - set(_CONFIG):
            self._set_fitted(value, attributes)
        else:
            Record(_CONFIG, _CONFIG).check(attributes, self.name, Sizes())
            value.__dict__.update(attributes)
        return value

    @cached_property
    def _every_kind(self) -> dict[str, Kind]:
        return {**_OF_COLUMNS, **self.kinds, **_CONFIG}

    def _constructed(self, parameters: dict[str, Any]) -> Any:
        names = self.cls._get_param_names()
        kinds = {name: self.parameters.get(name, Anything()) for name in names}
        Record(kinds, names).check(parameters, self.name, Sizes())
        defaults = signature(self.cls.__init__).parameters
        for name in names:
            if name not in parameters and (name not in defaults or defaults[name].default is Parameter.empty):
                raise ValueError(f"{self.name} lacks the parameter {name!r}")
        value = self.cls(**parameters)
        if getattr(self.cls, "_parameter_constraints", None) is not None and hasattr(value, "_validate_params"):
            value._validate_params()
        return value

    def _set_fitted(self, value: Any, attributes: dict[str, Any]) -> None:
        optional = {*_OF_COLUMNS, *self.optional, *_CONFIG}
        Record(self._every_kind, optional).check(attributes, self.name, Sizes())
        value.__dict__.update(attributes)
        self.complete(value)


def expect(fits: bool, what: str) -> None:
    """Refuse parts that do not fit, and say what is wrong.

    Raises
    ------
    ValueError
    """
    if not fits:
        raise ValueError(what)


def flags(*names: str) -> dict[str, Kind]:
    """Return the kinds of parameters that are true or false."""
    return dict.fromkeys(names, Flag())
