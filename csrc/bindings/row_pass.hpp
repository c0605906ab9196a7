// RowPass: the rows of one fit or prediction, checked once, then passed over with any number of parameters.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <mutex>
#include <optional>
#include <type_traits>
#include <variant>
#include <vector>

#include "bindings.hpp"
#include "semigen/incomplete_pass.hpp"

using semigen::Family;
using semigen::Index;

/// Room to work in for rows of either precision.
struct Workspaces {
    semigen::Workspace<float> single_precision;
    semigen::Workspace<double> double_precision;
};

template <class T>
semigen::Workspace<T> &workspace_of(Workspaces &workspaces) {
    if constexpr (std::is_same_v<T, float>)
        return workspaces.single_precision;
    else
        return workspaces.double_precision;
}

/// Degrees of freedom of Student t components; none where components are Gaussian.
using Degrees = std::optional<Doubles>;

inline const double *view_degrees(const Degrees &degrees_of_freedom, Index components) {
    if (!degrees_of_freedom) return nullptr;
    const double *degrees = entries(*degrees_of_freedom, components, "degrees_of_freedom");
    for (Index m = 0; m < components; ++m)
        require(degrees[m] > 0 && std::isfinite(degrees[m]), "degrees_of_freedom must be positive and finite");
    return degrees;
}

/// Log densities of cells, cells x components; none where there are only numbers, or these are asked for alone.
using Tables = std::optional<Doubles>;

/// Log odds of a row to be uniform noise, and the log sides of its box; none where every row is of some component.
using Noise = std::optional<Doubles>;

inline const double *view_noise(const Noise &noise, Index features) {
    if (!noise) return nullptr;
    const double *values = entries(*noise, 1 + features, "noise");
    for (Index i = 0; i <= features; ++i) require(std::isfinite(values[i]), "noise must be finite");
    return values;
}

/// The parameters of a mixture as the caller holds them, their sizes checked.
inline semigen::ModelView view_model(Family family, const Doubles &log_weights, const Doubles &means,
                                     const Doubles &factors, const Degrees &degrees_of_freedom, Index features,
                                     const Noise &noise, const Tables &tables) {
    const Index components = log_weights.size();
    const semigen::StatisticsLayout layout = layout_by_entries(family, components, features, factors.size());
    return {family,
            components,
            features,
            layout.rank,
            log_weights.data(),
            entries(means, components * features, "means"),
            entries(factors, semigen::factor_count(family, components) * semigen::factor_size(family, layout.shape()),
                    "factors"),
            view_degrees(degrees_of_freedom, components),
            features,
            view_noise(noise, features),
            tables ? tables->data() : nullptr,
            tables ? tables->size() / components : 0};
}

/// The first component of each class, checked, with the number of components at the end.
inline std::vector<Index> classes_of_components(const Integers &class_first, Index components) {
    const Index classes = class_first.size() - 1;
    require(classes >= 1, "class_first needs at least two entries");
    const std::vector<Index> first(class_first.data(), class_first.data() + classes + 1);
    require(first.front() == 0 && first.back() == components &&
                std::adjacent_find(first.begin(), first.end(), std::greater_equal<>()) == first.end(),
            "class_first must rise from 0 to the number of components, each class having one");
    return first;
}

/// Rows in one precision, and the arrays that keep them alive.
template <class T>
class TypedRows {
public:
    using Value = T;

    TypedRows(const py::array &values, const Doubles &centre, const Doubles &scale, const std::int64_t *order,
              Index positions, const double *weights, const std::int64_t *component_class, Index classes,
              semigen::Cells cells)
        : values_(values), centre_(centre.data(), centre.data() + centre.size()),
          scale_(scale.data(), scale.data() + scale.size()) {
        const auto item = static_cast<Index>(sizeof(T));
        require(values.strides(0) % item == 0 && values.strides(1) % item == 0 &&
                    reinterpret_cast<std::uintptr_t>(values.data()) % alignof(T) == 0,
                "X is not aligned to its own dtype");
        rows_.values = {static_cast<const T *>(values.data()), values.shape(0), values.shape(1),
                        values.strides(0) / item, values.strides(1) / item};
        rows_.order = order;
        rows_.weights = weights;
        rows_.centre = centre_.data();
        rows_.scale = scale_.data();
        rows_.positions = positions;
        rows_.component_class = component_class;
        rows_.classes = classes;
        rows_.cells = cells;
    }

    semigen::Rows<T> rows(const std::vector<semigen::RowGroup> &groups) const {
        semigen::Rows<T> rows = rows_;
        rows.groups = groups.data();
        rows.group_count = static_cast<Index>(groups.size());
        return rows;
    }

    /// Moves first moments from the means as the kernels round them to the means themselves.
    void centre_on(const semigen::ModelView &model, double *statistics) const {
        if constexpr (std::is_same_v<T, float>) {
            const semigen::StatisticsLayout layout = model.layout();
            for (Index i = 0; i < model.components * model.features; ++i)
                statistics[layout.first() + i] +=
                    statistics[layout.weight() + i / model.features] *
                    (static_cast<double>(static_cast<T>(model.means[i])) - model.means[i]);
        }
    }

    semigen::PassMemory memory;

private:
    py::array values_;
    std::vector<T> centre_, scale_;
    semigen::Rows<T> rows_{};
};

class RowPass {
public:
    RowPass(const py::array &values, const Doubles &centre, const Doubles &scale, const py::object &order,
            const Integers &groups, const Doubles &group_weights, const py::object &weights,
            const py::object &log_priors, const py::object &component_class, const py::object &cells) {
        require(values.ndim() == 2, "X must have two dimensions");
        features_ = values.shape(1);
        require(features_ >= 1, "X must have a column");
        entries(centre, features_, "centre");
        entries(scale, features_, "scale");
        if (!order.is_none()) order_ = Integers(order);
        if (!weights.is_none()) weights_ = Doubles(weights);
        const Index rows = values.shape(0);
        positions_ = order.is_none() ? rows : static_cast<Index>(order_.size());
        const std::int64_t *positions = order.is_none() ? nullptr : order_.data();
        for (Index i = 0; positions != nullptr && i < positions_; ++i)
            require(positions[i] >= 0 && positions[i] < rows, "order points outside X");
        const double *row_weights = weights.is_none() ? nullptr : entries(weights_, rows, "weights");
        read_log_priors(log_priors, component_class);
        read_groups(groups, group_weights);
        const semigen::Cells view = read_cells(cells, rows);

        if (py::isinstance<py::array_t<float>>(values))
            rows_.emplace<TypedRows<float>>(values, centre, scale, positions, positions_, row_weights,
                                            component_class_.data(), classes_, view);
        else if (py::isinstance<py::array_t<double>>(values))
            rows_.emplace<TypedRows<double>>(values, centre, scale, positions, positions_, row_weights,
                                             component_class_.data(), classes_, view);
        else
            throw py::value_error("X must be float32 or float64 in native byte order");
    }

    Index positions() const { return positions_; }
    Index features() const { return features_; }

    /// Writes the statistics of the E step (StatisticsLayout), centred on the means as they were given.
    void expectation(const semigen::ModelView &model, bool prune, int threads, semigen::Interruption &interruption,
                     double *statistics) {
        expectation(model, prune, threads, interruption, statistics, workspaces_);
    }

    /// The same in a workspace of somebody else, as passes that follow one another may share it.
    void expectation(const semigen::ModelView &model, bool prune, int threads, semigen::Interruption &interruption,
                     double *statistics, Workspaces &workspaces) {
        with_rows(workspaces, [&](auto &typed, auto &workspace) {
            semigen::expectation(typed.rows(groups_), model, typed.memory, workspace, prune, threads, interruption,
                                 statistics);
            typed.centre_on(model, statistics);
        });
    }

    /// The same for rows in which NaN stands for missing values, in float64 and where completes_rows allows it. Returns
    /// the index of a covariance that is singular in the columns of some row, or -1.
    Index expectation_of_incomplete(const semigen::ModelView &model, const double *covariances, bool prune, int threads,
                                    semigen::Interruption &interruption, double *statistics) {
        Index singular = -1;
        with_completed([&](auto &typed, auto &workspace) {
            singular =
                semigen::expectation_of_incomplete(typed.rows(groups_), model, covariances, completions_, typed.memory,
                                                   workspace, prune, threads, interruption, statistics);
        });
        return singular;
    }

    Index class_scores_of_incomplete(const semigen::ModelView &model, const double *covariances,
                                     const semigen::ClassScores &scores, int threads,
                                     semigen::Interruption &interruption) {
        with_completed([&](auto &typed, auto &workspace) {
            const semigen::Completion completion = completions_.prepare(model, covariances);
            semigen::class_scores(typed.rows(groups_), model, workspace, threads, interruption, scores, &completion);
        });
        return completions_.singular();
    }

    Index likeliest_classes_of_incomplete(const semigen::ModelView &model, const double *covariances,
                                          const std::vector<Index> &class_first, int threads,
                                          semigen::Interruption &interruption, std::int64_t *codes) {
        with_completed([&](auto &typed, auto &workspace) {
            const semigen::Completion completion = completions_.prepare(model, covariances);
            semigen::likeliest_classes(typed.rows(groups_), model, workspace, threads, interruption, class_first, codes,
                                       &completion);
        });
        return completions_.singular();
    }

    bool double_precision() const { return std::holds_alternative<TypedRows<double>>(rows_); }

    /// Writes log p(x, class), a row per position and a column per class.
    void class_scores(const semigen::ModelView &model, const semigen::ClassScores &scores, int threads,
                      semigen::Interruption &interruption) {
        class_scores(model, scores, threads, interruption, workspaces_);
    }

    void class_scores(const semigen::ModelView &model, const semigen::ClassScores &scores, int threads,
                      semigen::Interruption &interruption, Workspaces &workspaces) {
        with_rows(workspaces, [&](auto &typed, auto &workspace) {
            semigen::class_scores(typed.rows(groups_), model, workspace, threads, interruption, scores);
        });
    }

    /// Writes the likeliest class of every position.
    void likeliest_classes(const semigen::ModelView &model, const std::vector<Index> &class_first, int threads,
                           semigen::Interruption &interruption, std::int64_t *codes) {
        likeliest_classes(model, class_first, threads, interruption, codes, workspaces_);
    }

    void likeliest_classes(const semigen::ModelView &model, const std::vector<Index> &class_first, int threads,
                           semigen::Interruption &interruption, std::int64_t *codes, Workspaces &workspaces) {
        with_rows(workspaces, [&](auto &typed, auto &workspace) {
            semigen::likeliest_classes(typed.rows(groups_), model, workspace, threads, interruption, class_first,
                                       codes);
        });
    }

    /// The parameters of a model, if they fit these rows.
    semigen::ModelView view(Family family, const Doubles &log_weights, const Doubles &means, const Doubles &factors,
                            const Degrees &degrees_of_freedom, const Noise &noise, const Tables &tables) const {
        require_components(log_weights.size());
        require_tables(log_weights.size(), tables);
        return view_model(family, log_weights, means, factors, degrees_of_freedom, features_, noise, tables);
    }

    void require_components(Index components) const {
        require(components >= 1 && components >= most_components_, "a group uses a component that the model lacks");
        require(classes_ == 0 || components == component_class_.size(),
                "component_class has another number of components");
    }

    void require_tables(Index components, const Tables &tables) const {
        require(!tables || (n_cells_ > 0 && tables->size() == n_cells_ * components),
                "tables must have a row for each cell of the rows, and a column for each component");
    }

    void require_all_components(Index components) const {
        for (const semigen::RowGroup &group : groups_)
            require(group.first_component == 0 && group.last_component == components && group.log_priors == nullptr,
                    "scores need rows that may use every component");
    }

private:
    void read_log_priors(const py::object &log_priors, const py::object &component_class) {
        if (log_priors.is_none()) return;
        log_priors_ = Doubles(log_priors);
        component_class_ = Integers(component_class);
        require(log_priors_.ndim() == 2 && log_priors_.shape(1) >= 1, "log_priors needs a column per class");
        classes_ = log_priors_.shape(1);
        for (Index m = 0; m < component_class_.size(); ++m)
            require(component_class_.data()[m] >= 0 && component_class_.data()[m] < classes_,
                    "component_class names a class without a log prior");
    }

    /// Cells are (first, numbers, times or None, how many there are).
    semigen::Cells read_cells(const py::object &cells, Index rows) {
        if (cells.is_none()) return {};
        const auto parts = cells.cast<py::tuple>();
        require(parts.size() == 4, "cells must be (first, numbers, times, count)");
        cell_first_ = Integers(parts[0]);
        cell_numbers_ = Numbers(parts[1]);
        n_cells_ = parts[3].cast<Index>();
        require(n_cells_ >= 1, "there must be a cell");
        const std::int64_t *first = entries(cell_first_, rows + 1, "first");
        require(first[0] == 0 && first[rows] == cell_numbers_.size() && std::is_sorted(first, first + rows + 1),
                "first must rise from 0 to the number of entries");
        for (Index i = 0; i < cell_numbers_.size(); ++i)
            require(cell_numbers_.data()[i] >= 0 && cell_numbers_.data()[i] < n_cells_, "a cell is not there");
        const double *times = nullptr;
        if (!parts[2].is_none()) {
            cell_times_ = Doubles(parts[2]);
            times = entries(cell_times_, cell_numbers_.size(), "times");
        }
        return {first, cell_numbers_.data(), times};
    }

    /// Groups are rows (first, last, first component, last component, first row of log_priors or -1), and whether they
    /// may be noise in a sixth column, if there is one.
    void read_groups(const Integers &groups, const Doubles &group_weights) {
        require(groups.ndim() == 2 && (groups.shape(1) == 5 || groups.shape(1) == 6),
                "groups must have five columns, or six");
        const double *group_weight = entries(group_weights, groups.shape(0), "group_weights");
        Index end = 0;
        for (Index g = 0; g < groups.shape(0); ++g) {
            const Index first = groups.at(g, 0), last = groups.at(g, 1), prior = groups.at(g, 4);
            require(first == end && last >= first && last <= positions_, "groups must follow one another");
            const Index most = classes_ > 0 ? log_priors_.shape(0) - (last - first) : -1;
            require(prior < 0 || prior <= most, "a group points outside log_priors");
            const semigen::RowGroup group{first,
                                          last,
                                          groups.at(g, 2),
                                          groups.at(g, 3),
                                          group_weight[g],
                                          prior < 0 ? nullptr : log_priors_.data() + prior * classes_,
                                          groups.shape(1) == 6 && groups.at(g, 5) != 0};
            require(group.first_component >= 0 && group.last_component > group.first_component,
                    "a group of rows needs at least one component");
            end = group.last;
            most_components_ = std::max(most_components_, group.last_component);
            groups_.push_back(group);
        }
        require(end == positions_, "groups must cover all rows");
    }

    template <class Use>
    void with_rows(Workspaces &workspaces, Use use) {
        const std::lock_guard<std::mutex> lock(mutex_);
        std::visit(
            [&](auto &typed) {
                using Typed = std::decay_t<decltype(typed)>;
                if constexpr (!std::is_same_v<Typed, std::monostate>)
                    use(typed, workspace_of<typename Typed::Value>(workspaces));
            },
            rows_);
    }

    template <class Use>
    void with_completed(Use use) {
        with_rows(workspaces_, [&](auto &typed, auto &workspace) {
            if constexpr (std::is_same_v<typename std::decay_t<decltype(typed)>::Value, double>) use(typed, workspace);
        });
    }

    using Numbers = py::array_t<std::int32_t, py::array::c_style | py::array::forcecast>;

    Index features_ = 0, positions_ = 0, most_components_ = 0, classes_ = 0, n_cells_ = 0;
    Integers order_, component_class_, cell_first_;
    Numbers cell_numbers_;
    Doubles weights_, log_priors_, cell_times_;
    Workspaces workspaces_;
    semigen::CompletionModel completions_;
    std::vector<semigen::RowGroup> groups_;
    std::variant<std::monostate, TypedRows<float>, TypedRows<double>> rows_;
    std::mutex mutex_;
};
